# Net::IMAP::Client.

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Harness;

my $version = Harness::library('Net::IMAP::Client');
$SIG{__WARN__} = sub { };

package Client;

sub new {
    my ($class, $port, $user, $password) = @_;
    my $imap = Net::IMAP::Client->new(server => '127.0.0.1', port => $port, user => $user, pass => $password)
        or die "connect\n";
    $imap->login or die "login: " . $imap->last_error . "\n";
    $imap->select('INBOX') or die "select: " . $imap->last_error . "\n";
    return bless { imap => $imap }, $class;
}

sub xexec {
    my ($self, $module, $number) = @_;
    my $imap = $self->{imap};
    # A continuation request is a line like others to it: the answer is sent behind the command.
    my $words = "$module $number NIC" . (($imap->{_cmd_id} || 0) + 1);
    $words .= "\r\nyes" if $module eq 'prompt';
    my ($ok) = $imap->_tell_imap(XEXEC => $words);
    return $ok;
}

sub noop { $_[0]{imap}->noop }

sub status {
    my ($self) = @_;
    return [ $self->{imap}->status('INBOX'), $self->{imap}->search('ALL') ];
}

sub state {
    my ($self) = @_;
    my $imap = $self->{imap};
    return {
        folder => $imap->{selected_folder},
        notifications => [ $imap->notifications ],
        capability => $imap->capability,
        %{ $imap->{FOLDERS}{INBOX} },
    };
}

sub abandon { $_[0]{imap}{socket}->close }

Harness::run('Net::IMAP::Client', 'Client', $version);
