<?php
// Horde's Imap_Client, of Horde, of Nextcloud's Mail and of others.

require __DIR__ . '/harness.php';

spl_autoload_register(function ($class) {
    @include strtr($class, '_\\', '//') . '.php';
});
class_exists('Horde_Imap_Client_Socket') or missing('no Horde_Imap_Client');

// The library does not tell; its package does.
function version()
{
    return trim(shell_exec('dpkg-query -W -f \'${Version}\' php-horde-imap-client 2>/dev/null') ?? '') ?: '?';
}

class Session extends Horde_Imap_Client_Socket
{
    public function xexec($module, $number)
    {
        $command = $this->_command('XEXEC')->add([$module, $number, (string)$this->_tag]);
        if ($module == 'prompt') {
            // as authenticate() does
            $command->add(new Horde_Imap_Client_Interaction_Command_Continuation(function () {
                return new Horde_Imap_Client_Data_Format_List('yes');
            }));
        }
        $this->_sendCmd($command);
    }

    public function believes()
    {
        $box = $this->_mailboxOb();
        $all = [];
        foreach (['MESSAGES', 'RECENT', 'UIDNEXT', 'UIDVALIDITY', 'FIRSTUNSEEN', 'FLAGS', 'PERMFLAGS', 'HIGHESTMODSEQ'] as $item) {
            $all[$item] = $box->getStatus(constant("Horde_Imap_Client::STATUS_$item"));
        }
        return $all + ['mode' => $this->_mode, 'capability' => $this->capability->toArray()];
    }

    public function close_connection()
    {
        $this->_connection->close();
    }
}

// Codes that a program may send, and that the library takes for the failure of its own command.
const CODES = [
    Horde_Imap_Client_Exception::NOPERM, Horde_Imap_Client_Exception::INUSE, Horde_Imap_Client_Exception::LIMIT,
    Horde_Imap_Client_Exception::OVERQUOTA, Horde_Imap_Client_Exception::ALREADYEXISTS,
    Horde_Imap_Client_Exception::NONEXISTENT,
];

class Client
{
    private $imap;

    public function __construct($port, $user, $password)
    {
        $this->imap = new Session([
            'username' => $user, 'password' => $password, 'hostspec' => '127.0.0.1', 'port' => $port,
            'secure' => false, 'timeout' => patience(),
        ]);
        $this->imap->openMailbox('INBOX', Horde_Imap_Client::OPEN_READWRITE);
    }

    public function xexec($module, $number)
    {
        try {
            $this->imap->xexec($module, $number);
        } catch (Horde_Imap_Client_Exception_ServerResponse $error) {
            if (in_array($error->getCode(), CODES)) {
                throw new Understood('the code is an error of the command');
            }
            throw $error;
        }
    }

    public function noop()
    {
        $this->imap->noop();
    }

    public function look()
    {
        $items = Horde_Imap_Client::STATUS_MESSAGES | Horde_Imap_Client::STATUS_UIDNEXT | Horde_Imap_Client::STATUS_UIDVALIDITY;
        return $this->imap->believes() + [
            'status' => $this->imap->status('INBOX', $items),
            'search' => (string)$this->imap->search('INBOX')['match'],
        ];
    }

    public function abandon()
    {
        $this->imap->close_connection();
    }
}

run('Horde_Imap_Client', version(), 'Client');
