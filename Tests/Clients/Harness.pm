package Harness;

# What the clients in Perl share: the loop over the cases, and the verdict.

use strict;
use warnings;

our $patience = $ENV{CLIENT_TIMEOUT} || 5;

sub missing {
    print STDERR @_;
    exit 77;
}

# Loads a library, if it is there.
sub library {
    my ($name) = @_;
    eval "require $name; 1" or missing($@);
    return $name->VERSION;
}

# Any structure as one text, for comparing and for reading.
sub text {
    my ($value) = @_;
    return 'undef' unless defined $value;
    return '[' . join(', ', map { text($_) } @$value) . ']' if ref $value eq 'ARRAY';
    return '{' . join(', ', map { "$_: " . text($value->{$_}) } sort keys %$value) . '}' if ref $value eq 'HASH';
    return "$value";
}

# What a library notes of a program's words, and not of the mailbox.
sub is_word {
    return $_[0] =~ /^(OK|NO|ALERT|NOPERM|CANNOT|LIMIT|OVERQUOTA|ALREADYEXISTS|NONEXISTENT|INUSE|CONTACTADMIN|XEXEC|INPROGRESS)\b/i;
}

sub look {
    my ($client) = @_;
    my %state = (%{ $client->state }, status => $client->status);
    return { map { $_ => text($state{$_}) } grep { !is_word($_) } keys %state };
}

sub changes {
    my ($before, $after) = @_;
    my %keys = (%$before, %$after);
    return join ', ', map { "$_: " . ($before->{$_} // 'none') . ' -> ' . ($after->{$_} // 'none') }
        grep { ($before->{$_} // '') ne ($after->{$_} // '') } sort keys %keys;
}

sub check {
    my ($client, $module, $number) = @_;
    $client->xexec($module, $number) or die "the command was not OK\n";
    $client->noop or die "NOOP was not OK\n";
    my $changes = changes($client->{expected}, look($client));
    die "changed: $changes\n" if $changes;
}

# Runs all cases. The class has new(port, user, password), which selects INBOX, and xexec, noop, status and state.
# The state is a hash of what the library believes.
sub run {
    my ($name, $class, $version) = @_;
    my ($port, $user, $password, $cases) = @ARGV;
    $| = 1;
    $SIG{PIPE} = 'IGNORE';
    print "client $name $version\n";
    open my $lines, '<', $cases or die "$cases: $!";
    my $client;
    while (<$lines>) {
        my ($number, $module) = split;
        my $verdict = 'ok';
        eval {
            local $SIG{ALRM} = sub { die "hung for $patience s\n" };
            alarm $patience;
            if (!$client) {
                $client = $class->new($port, $user, $password);
                $client->{expected} = look($client);
            }
            check($client, $module, $number);
            alarm 0;
            1;
        } or do {
            alarm 0;
            my $why = $@;
            ($verdict = ($why =~ s/^n\/a // ? 'n/a ' : 'harm ') . substr $why, 0, 300) =~ s/\s+/ /g;
            if ($verdict =~ /^harm/) {
                local $SIG{ALRM} = sub { die };
                eval { alarm 1; $client->abandon if $client };
                alarm 0;
                undef $client;
            }
        };
        print "$number $verdict\n";
    }
}

1;
