# Net::IMAP::Simple.

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Harness;

my $version = Harness::library('Net::IMAP::Simple');

package Client;

sub new {
    my ($class, $port, $user, $password) = @_;
    my $imap = Net::IMAP::Simple->new("127.0.0.1:$port") or die "connect\n";
    $imap->login($user, $password) or die "login: " . $imap->errstr . "\n";
    $imap->select('INBOX') or die "select: " . $imap->errstr . "\n";
    return bless { imap => $imap }, $class;
}

sub xexec {
    my ($self, $module, $number) = @_;
    my $imap = $self->{imap};
    # A continuation request is a line like others to it: the answer is sent behind the command.
    my $words = "$module $number " . ($imap->{count} + 1);
    $words .= "\r\nyes" if $module eq 'prompt';
    return $imap->_process_cmd(cmd => [ XEXEC => $words ], final => sub { 1 });
}

# Its noop returns nothing.
sub noop { $_[0]{imap}->noop; 1 }

sub status {
    my ($self) = @_;
    return [ $self->{imap}->status('INBOX'), $self->{imap}->uidnext, $self->{imap}->uidvalidity, $self->{imap}->search('ALL') ];
}

sub state {
    my ($self) = @_;
    my $imap = $self->{imap};
    return { folder => $imap->current_box, %{ $imap->{BOXES}{INBOX} } };
}

sub abandon { $_[0]{imap}{sock}->close }

Harness::run('Net::IMAP::Simple', 'Client', $version);
