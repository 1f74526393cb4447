import Testing

@testable import xexec_check

/// Variables of Dovecot 2.3 in the words of 2.4.
@Suite struct VariableConversionTests {
  @Test(
    "Each has its equal; what came of them was seen with Dovecot 2.4",
    arguments: [
      ("%u %n %d %h", "%{user} %{user | username} %{user | domain} %{home}"),
      ("%s-%l-%r", "%{protocol}-%{local_ip}-%{remote_ip}"),
      ("%p %i", "%{process:pid} %{process:uid}"),
      ("%Lu", "%{user | lower}"), ("%ULn", "%{user | username | upper | lower}"),
      ("%Mu", "%{user | md5 | hexlify}"), ("%2Mu", "%{user | md5 | hexlify | substr(0, 2)}"),
      ("%3.2Mn", "%{user | username | md5 | hexlify | substr(3, 2)}"),
      (
        "%1n/%Rd%Dd",
        "%{user | username | substr(0, 1)}/%{user | domain | reverse}%{user | domain | ldap_dn}"
      ),
      ("%{user}%{username}%{domain}", "%{user}%{user | username}%{user | domain}"),
      ("%L{user}", "%{user | lower}"), ("%{lip}%{rip}", "%{local_ip}%{remote_ip}"),
      ("%{userdb:note} %{env:X}", "%{userdb:note} %{env:X}"),
      ("'a %u'\"%d\"", "'a %{user}'\"%{user | domain}\""),
      ("%{auth_domain}", "%{auth_user | domain}"),
      ("100%%", "100%"), ("50%% of", "50% of"),
      ("%%u %%%u", "%{literal('%')}u %{literal('%')}%{user}"),
      ("%%{user}", "%%{user}"), ("at the end %", "at the end "), ("", ""), ("none", "none"),
    ])
  func equal(old: String, new: String) {
    let conversion = VariableConversion(old)
    #expect(conversion.text == new)
    #expect(conversion.problems == [])
  }

  @Test(
    "What has none is left as it is, and told",
    arguments: [
      ("a %Hu b", ["%Hu"]), ("%4u%d", ["%4u"]), ("%-1.1n", ["%-1.1n"]), ("%Tu", ["%Tu"]),
      ("%{sha256:user}", ["%{sha256:user}"]), ("%{if;%u;eq;a;b;c}", ["%{if;%u;eq;a;b;c}"]),
      ("%{nonsense} %x", ["%{nonsense}", "%x"]), ("%{open", ["%{"]), ("%30.4Mu", ["%30.4Mu"]),
      ("%05u", ["%05u"]), ("%0.1u.", ["%0.1u"]), ("%1d", ["%1d"]),
    ])
  func none(old: String, problems: [String]) {
    let conversion = VariableConversion(old)
    #expect(conversion.problems == problems)
    for problem in problems { #expect(conversion.text.contains(problem)) }
  }
}
