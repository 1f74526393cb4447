# Net::IMAP, which comes with Ruby.

require "timeout"
begin
  require "net/imap"
rescue LoadError => error
  warn error
  exit 77
end

PATIENCE = (ENV["CLIENT_TIMEOUT"] || 5).to_f

# What the library notes of a program's words, and not of the mailbox.
WORDS = %w[
  OK NO ALERT NOPERM CANNOT LIMIT OVERQUOTA ALREADYEXISTS NONEXISTENT INUSE CONTACTADMIN XEXEC INPROGRESS
].freeze

class Harm < StandardError; end

class Client
  def initialize(port, user, password)
    @imap = Net::IMAP.new("127.0.0.1", port: port)
    @imap.login(user, password)
    @imap.select("INBOX")
    @expected = look
  end

  def check(name, number)
    xexec(name, number)
    @imap.noop
    found = look
    changed = (found.keys | @expected.keys).reject { |key| found[key] == @expected[key] }
    return if changed.empty?

    raise Harm, "changed: #{changed.map { |key| "#{key}: #{@expected[key]} -> #{found[key]}" }.join(", ")}"
  end

  def abandon
    @imap.disconnect
  end

  private

  # A block sees each response; authenticate() answers continuation requests so.
  def xexec(name, number)
    tag = format("RUBY%04d", @imap.instance_variable_get(:@tagno) + 1)
    @imap.send(:send_command, "XEXEC #{name} #{number} #{tag}") do |response|
      @imap.send(:put_string, "yes\r\n") if response.instance_of?(Net::IMAP::ContinuationRequest)
    end
  end

  # What untagged responses have told, and stays until somebody asks for it.
  def look
    status = [@imap.status("INBOX", %w[MESSAGES UIDNEXT UIDVALIDITY]), @imap.search("ALL")]
    told = @imap.responses.reject { |name, _| WORDS.include?(name) }
    told.transform_values(&:dup).merge("status" => status)
  end
end

port, user, password, cases = ARGV
$stdout.sync = true
puts "client net-imap #{Gem.loaded_specs["net-imap"]&.version || Net::IMAP::VERSION}"
client = nil
File.foreach(cases) do |line|
  number, name = line.split
  begin
    Timeout.timeout(PATIENCE) do
      client ||= Client.new(port.to_i, user, password)
      client.check(name, number)
    end
    puts "#{number} ok"
  rescue StandardError => error
    what = error.is_a?(Harm) ? error.message : "#{error.class}: #{error.message}"
    puts "#{number} harm #{what.split.join(" ")[0, 300]}"
    begin
      Timeout.timeout(1) { client&.abandon }
    rescue StandardError
      nil
    end
    client = nil
  end
end
# Without ceremony: the library's threads need not end of themselves.
exit!(true)
