<?php
// Roundcube's own IMAP client.

require __DIR__ . '/harness.php';

spl_autoload_register(function ($class) {
    $folder = getenv('ROUNDCUBE') ?: '/usr/share/roundcube';
    @include "$folder/program/lib/Roundcube/$class.php";
});
class_exists('rcube_imap_generic') or missing('no Roundcube');

// It stands in a file that starts all of Roundcube.
function version()
{
    $file = file_get_contents(dirname((new ReflectionClass('rcube_imap_generic'))->getFileName()) . '/bootstrap.php');
    return preg_match("/'RCUBE_VERSION', *'([^']*)'/", $file, $found) ? $found[1] : '?';
}

class Client
{
    private $imap;

    public function __construct($port, $user, $password)
    {
        $this->imap = new rcube_imap_generic();
        $this->imap->connect('127.0.0.1', $user, $password, ['port' => $port, 'timeout' => patience()])
            or throw new Harm('connect: ' . $this->imap->error);
        $this->imap->select('INBOX') or throw new Harm('select: ' . $this->imap->error);
    }

    public function xexec($module, $number)
    {
        if ($module == 'prompt') {
            throw new NotApplicable('execute() takes no continuation request');
        }
        $tag = sprintf('A%04d', (fn() => $this->cmd_num)->call($this->imap) + 1);
        [$code] = $this->imap->execute('XEXEC', [$module, $number, $tag]);
        if ($code !== rcube_imap_generic::ERROR_OK) {
            throw new Harm("XEXEC: $code {$this->imap->error}");
        }
    }

    public function noop()
    {
        [$code] = $this->imap->execute('NOOP');
        if ($code !== rcube_imap_generic::ERROR_OK) {
            throw new Harm("NOOP: $code {$this->imap->error}");
        }
    }

    public function look()
    {
        return [
            'status' => $this->imap->status('INBOX', ['UIDNEXT', 'UIDVALIDITY']),
            'selected' => $this->imap->selected,
            'data' => $this->imap->data,
            'capability' => (fn() => $this->capability)->call($this->imap),
        ];
    }

    public function abandon()
    {
        (fn() => @fclose($this->fp))->call($this->imap);
    }
}

run('Roundcube', version(), 'Client');
