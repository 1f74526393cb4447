/// The passwords that are tried first, whoever the user is.
enum CommonPasswords {
  /// Whether a password is one of them: a word of the list, with digits and punctuation in front or
  /// behind it or not, in whatever case, once or several times; one to three characters over and
  /// over; or a piece of the alphabet, of the digits or of the keyboard.
  static func contain(_ password: String) -> Bool {
    let scalars = Array(password.lowercased().unicodeScalars)
    let word = trimmed(scalars)
    if isRepeated(scalars) || isRow(scalars) || isRow(word) { return true }
    return [scalars, word, trimmed(unit(of: scalars)), unit(of: word)].contains {
      words.contains(text($0))
    }
  }

  private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  /// Without all at both ends that is no letter.
  private static func trimmed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard let first = scalars.firstIndex(where: \.properties.isAlphabetic),
      let last = scalars.lastIndex(where: \.properties.isAlphabetic)
    else { return [] }
    return Array(scalars[first...last])
  }

  private static func isRepeated(_ scalars: [Unicode.Scalar]) -> Bool {
    (1...3).contains { hasPeriod($0, scalars) }
  }

  private static func hasPeriod(_ period: Int, _ scalars: [Unicode.Scalar]) -> Bool {
    scalars.count >= 2 * period
      && scalars.indices.dropFirst(period).allSatisfy { scalars[$0] == scalars[$0 - period] }
  }

  /// What a text is several times, or all of it.
  private static func unit(of scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    for count in 4..<max(4, scalars.count) where scalars.count % count == 0 {
      if hasPeriod(count, scalars) { return Array(scalars[..<count]) }
    }
    return scalars
  }

  private static func isRow(_ scalars: [Unicode.Scalar]) -> Bool {
    scalars.count >= 4 && rows.contains { $0.contains(text(scalars)) }
  }

  private static let rows: [String] = {
    let rows = [
      "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
      "0123456789012345678901234567890123456789", "1234567890123456789012345678901234567890",
      "12345678910111213141516171819202122232425262728293031323334353637383940",
      "qwertyuiopasdfghjklzxcvbnmqwertyuiop", "qwertzuiopasdfghjklyxcvbnmqwertzuiop",
      "azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
      "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p", "1q2w3e4r5t6z7u8i9o0p",
      "a1b2c3d4e5f6g7h8i9j0", "1a2b3c4d5e6f7g8h9i0j", "abc123def456ghi789",
      "112233445566778899001122334455", "1122334455667788990011", "aabbccddeeffgghhiijj",
      "111222333444555666777888999000", "147258369147258369", "741852963741852963",
    ]
    return rows + rows.map { String($0.reversed()) }
  }()

  private static let words = Set(
    """
    password passwort passwd passw0rd p@ssword p@ssw0rd pa$$word pa$$w0rd passphrase parole parola
    motdepasse contrasena contraseña contrasenya senha wachtwoord haslo hasło heslo lozinka salasana
    losenord lösenord kennwort geheim parool adgangskode jelszo jelszó sifre şifre parol пароль
    mypassword mypasswort yourpassword thepassword newpassword neuespasswort
    oldpassword nopassword ispassword passwordispassword letmein letmeinplease
    changeme changemenow changeit change_me changethis pleasechange temporary temppassword temppass
    temp tempo default defaultpassword standard initial initialpassword firstpassword secret
    secretpassword topsecret supersecret mysecret private confidential test tester
    testing testtest testpassword testuser demo demouser sample example guest guestguest user
    username userpass root toor rootroot rootpassword admin administrator adminadmin adminpass
    adminpassword superuser supervisor sysadmin webadmin webmaster postmaster hostmaster manager
    operator system server mailserver dovecot postfix mail email webmail mailbox mailpassword
    emailpassword login loginlogin loginpassword logon access accessdenied internet computer
    computador ordinateur laptop desktop windows microsoft linux ubuntu debian android samsung apple
    iphone google facebook youtube twitter instagram amazon paypal linkedin yahoo hotmail gmail
    minecraft fortnite roblox pokemon naruto starwars startrek superman batman spiderman ironman
    qwerty qwertz azerty qwert qwer qwerasdf qwerqwer qweasd qweasdzxc qazwsx qazwsxedc asdf asdfasdf
    asdfqwer asdasd asdasdasd zxcvbn zxcvbnm zaq1xsw2 abc abcd abcabc iloveyou iloveu iloveyousomuch
    iloveme loveyou loveme lovelove love lovely ichliebedich jetaime teamo tequiero tiamo ilove
    sunshine princess princesa prinzessin football fussball futbol baseball basketball hockey soccer
    liverpool chelsea arsenal barcelona realmadrid juventus bayern manchester cowboys steelers
    yankees dragon monkey tiger shadow master michael jordan jessica jennifer charlie thomas daniel
    andrea andrew ashley amanda nicole hunter buster ginger pepper maggie killer trustno trustno1 trustnoone
    whatever welcome welcomehome willkommen bienvenue bienvenido benvenuto hello hellohello
    helloworld hallo hallohallo halloworld hallowelt bonjour freedom mustang corvette mercedes
    porsche ferrari harley summer sommer winter spring autumn herbst january december monday friday
    butterfly schmetterling flower chocolate schokolade schatz schatzi engel angel babygirl baby
    cookie cheese banana orange purple diamond silver golden matrix ninja pirate warrior phoenix
    godzilla hannah christmas weihnachten jesus jesuschrist blessed heaven lucky family
    familie money million cash fuckyou fuckoff fuck bitch asshole arschloch scheisse merde
    yourname myname noname nothing something anything nobody correcthorsebatterystaple
    opensesame sesame abracadabra mickeymouse donaldduck whoami
    """.split(whereSeparator: \.isWhitespace).map(String.init))
}
