package import FoundationEssentials
package import PostgreSQL

/// Names one thing of one kind: an `ID<Shop>` is no `ID<Account>`. As text: a lower-case UUID.
package struct ID<Entity>: Sendable, Hashable, LosslessStringConvertible {
  package let uuid: UUID

  package init(_ uuid: UUID) { self.uuid = uuid }

  /// Nil for anything but the usual 36 characters.
  package init?(_ description: String) {
    guard let uuid = UUID(uuidString: description) else { return nil }
    self.uuid = uuid
  }

  package var description: String { uuid.uuidString.lowercased() }
}

extension ID: Bindable {
  package static var bindType: TypeID { .uuid }
  package var bind: Bind { uuid.bind }
}

extension ID: ColumnDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> ID { ID(try UUID.decode(bytes, oid: oid)) }
}

/// What ids point at, where every module needs the same word. The rows have types of their own.
package enum Shop {}
package enum Account {}
package enum Reseller {}
