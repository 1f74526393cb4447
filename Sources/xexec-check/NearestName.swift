/// The one of some names that was probably meant, or nil: it differs by at most two letters, or in
/// capitals alone.
func nearestName(to name: String, among names: some Sequence<String>) -> String? {
  var best: (name: String, distance: Int)?
  for other in names where other != name {
    let distance =
      other.lowercased() == name.lowercased()
      ? 1 : editDistance(Array(name.utf8), Array(other.utf8))
    // of a short name half would be another word
    if distance <= 2, distance * 2 < name.utf8.count, distance < best?.distance ?? .max {
      best = (other, distance)
    }
  }
  return best?.name
}

/// How many octets have to be put in, taken out, changed or swapped with the next one (the distance
/// of Damerau and Levenshtein); 3 stands for all that is more than 2.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  if abs(left.count - right.count) > 2 || left.count > 255 { return 3 }
  var (beforeLast, last) = ([Int](), Array(0...right.count))
  for (index, octet) in left.enumerated() {
    var row = [index + 1]
    for column in right.indices {
      var distance = last[column] + (right[column] == octet ? 0 : 1)
      distance = min(distance, row[column] + 1, last[column + 1] + 1)
      if index > 0, column > 0, octet == right[column - 1], left[index - 1] == right[column] {
        distance = min(distance, beforeLast[column - 1] + 1)
      }
      row.append(distance)
    }
    (beforeLast, last) = (last, row)
  }
  return min(last[right.count], 3)
}
