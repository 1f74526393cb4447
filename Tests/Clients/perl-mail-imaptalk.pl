# Mail::IMAPTalk, of Fastmail and of Cyrus' own tests.

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Harness;

my $version = Harness::library('Mail::IMAPTalk');
# It also warns of what it dies of.
$SIG{__WARN__} = sub { };

package Client;

sub new {
    my ($class, $port, $user, $password) = @_;
    my $imap = Mail::IMAPTalk->new(
        Server => '127.0.0.1', Port => $port, Username => $user, Password => $password, Uid => 0,
        Timeout => $Harness::patience,
    ) or die "login: $@\n";
    my $self = bless { imap => $imap }, $class;
    $imap->select('INBOX') or die $imap->get_last_error . "\n";
    return $self;
}

sub xexec {
    my ($self, $module, $number) = @_;
    my $imap = $self->{imap};
    die "n/a it takes a continuation request for a literal's only\n" if $module eq 'prompt';
    my $result = $imap->_imap_cmd('XEXEC', 0, '', $module, $number, $imap->{CmdId});
    die +($@ || 'no answer') . "\n" unless defined $result;
    return 1;
}

sub noop { $_[0]{imap}->noop }

sub status {
    my ($self) = @_;
    my $imap = $self->{imap};
    return [ scalar $imap->status('INBOX', '(messages uidnext uidvalidity)'), scalar $imap->search('all') ];
}

sub state {
    my ($self) = @_;
    my $imap = $self->{imap};
    my %told = %{ $imap->{Cache} };
    delete $told{remainder};    # the text of the last response, whatever that was
    return { %told, state => $imap->state };
}

sub abandon { $_[0]{imap}->release_socket(1)->close }

Harness::run('Mail::IMAPTalk', 'Client', $version);
