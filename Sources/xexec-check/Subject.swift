/// Which setting a check is about, and where that stands.
struct Subject: Hashable {
  let key: String
  let place: Place?
}

extension FindingList {
  mutating func error(_ subject: Subject, _ text: String) {
    error(subject.key, subject.place, text)
  }

  mutating func warning(_ subject: Subject, _ text: String) {
    warning(subject.key, subject.place, text)
  }
}
