package import FoundationEssentials

/// Objects of a folder that are too old to keep. A job runs it again and again.
package struct ExpiryRule: Sendable {
  package let folder: ObjectKey
  package let olderThan: Duration

  package init(folder: ObjectKey, olderThan: Duration) {
    self.folder = folder
    self.olderThan = olderThan
  }

  /// Deletes what has expired, all pages of it. What it did stays done when it fails in the midst.
  /// - Returns: How many objects were deleted.
  package func run(
    on storage: some ObjectStorage, at now: Date
  ) async throws(StorageError) -> Int {
    let limit = now.addingTimeInterval(-(olderThan / .seconds(1)))
    var deleted = 0
    var next: String?
    repeat {
      let page = try await storage.list(folder, after: next, limit: 1_000)
      for entry in page.entries where entry.modifiedAt < limit {
        try await storage.delete(entry.key)
        deleted += 1
      }
      next = page.next
    } while next != nil
    return deleted
  }
}
