# Mail::IMAPClient, of imapsync and others.

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Harness;

my $version = Harness::library('Mail::IMAPClient');

package Client;

sub new {
    my ($class, $port, $user, $password) = @_;
    my $imap = Mail::IMAPClient->new(
        Server => '127.0.0.1', Port => $port, User => $user, Password => $password, Timeout => $Harness::patience,
    ) or die "login: $@\n";
    $imap->select('INBOX') or die "select: " . $imap->LastError . "\n";
    return bless { imap => $imap }, $class;
}

sub xexec {
    my ($self, $module, $number) = @_;
    my $imap = $self->{imap};
    my $command = "XEXEC $module $number " . ($imap->Count + 1);
    if ($module eq 'prompt') {
        # as authenticate() does
        $imap->_imap_command($command, '+') or die $imap->LastError . "\n";
        $imap->_send_line('yes');
        return ($imap->_get_response($imap->Count) || '') eq 'OK';
    }
    $imap->tag_and_run($command) or die +($imap->LastError || 'no answer') . "\n";
    return 1;
}

sub noop {
    my ($self) = @_;
    return $self->{imap}->noop;
}

sub status {
    my ($self) = @_;
    my $imap = $self->{imap};
    return [
        scalar $imap->uidvalidity('INBOX'), scalar $imap->uidnext('INBOX'), $imap->message_count,
        scalar $imap->messages, $imap->has_capability('IDLE'),
    ];
}

sub state {
    my ($self) = @_;
    my $imap = $self->{imap};
    return { state => $imap->State, folder => $imap->Folder, error => $imap->LastError };
}

sub abandon { $_[0]{imap}->Socket->close }

Harness::run('Mail::IMAPClient', 'Client', $version);
