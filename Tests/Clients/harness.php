<?php
// What the clients in PHP share: the loop over the cases, and the verdict.

class NotApplicable extends Exception {}

// The library does what the response code asks of it, and that is the end of the command.
class Understood extends NotApplicable
{
}
class Harm extends Exception {}

function patience()
{
    return (int)(getenv('CLIENT_TIMEOUT') ?: 5);
}

function missing($what)
{
    fwrite(STDERR, "$what\n");
    exit(77);
}

// Any structure as one text, for comparing and for reading.
function text($value)
{
    return is_string($value) ? $value : json_encode($value, JSON_INVALID_UTF8_SUBSTITUTE);
}

function check($client, $expected, $module, $number)
{
    $client->xexec($module, $number);
    $client->noop();
    $changes = [];
    foreach ($client->look() as $key => $value) {
        if ($value != $expected[$key]) {
            $changes[] = "$key: " . text($expected[$key]) . ' -> ' . text($value);
        }
    }
    if ($changes) {
        throw new Harm('changed: ' . implode(', ', $changes));
    }
}

// A fault that ends PHP is harm too: the cases behind it are for a new process.
function go_on_after_a_fatal_fault($number)
{
    $error = error_get_last();
    if ($number === null || !$error) {
        return;
    }
    global $argv;
    echo "$number harm died: ", strtok($error['message'], "\n"), "\n";
    pcntl_exec(PHP_BINARY, array_merge(array_slice($argv, 0, 5), [$number]));
}

// Runs all cases. The class logs in and selects INBOX when it is made, and has xexec, noop, look and abandon.
function run($name, $version, $class)
{
    global $argv;
    [, $port, $user, $password, $cases] = $argv;
    $last = (int)($argv[5] ?? 0);
    ini_set('memory_limit', '128M');
    ini_set('display_errors', '0');
    pcntl_async_signals(true);
    pcntl_signal(SIGALRM, function () {
        throw new Harm('hung for ' . patience() . ' s');
    }, false);
    $number = null;
    register_shutdown_function(function () use (&$number) {
        go_on_after_a_fatal_fault($number);
    });
    if (!$last) {
        echo "client $name $version\n";
    }
    $client = null;
    foreach (file($cases) as $line) {
        [$number, $module] = explode(' ', trim($line));
        if ($number <= $last) {
            continue;
        }
        try {
            pcntl_alarm(patience());
            if (!$client) {
                $client = new $class((int)$port, $user, $password);
                $expected = $client->look();
            }
            check($client, $expected, $module, $number);
            $verdict = 'ok';
        } catch (NotApplicable $reason) {
            $verdict = 'n/a ' . $reason->getMessage();
            if ($reason instanceof Understood) {
                $client->abandon();
                $client = null;
            }
        } catch (Throwable $error) {
            $what = $error instanceof Harm ? '' : get_class($error) . ': ';
            $verdict = 'harm ' . $what . substr(preg_replace('/\s+/', ' ', $error->getMessage()), 0, 300);
            if ($client) {
                $client->abandon();
            }
            $client = null;
        }
        pcntl_alarm(0);
        echo "$number $verdict\n";
    }
    $number = null;
}
