import FoundationEssentials
import Synchronization
import Testing

@testable import Scope

@Suite struct `An id` {
  @Test func `is a UUID of version 7 that carries its time`() {
    let context = Context(
      now: { Date(timeIntervalSince1970: 1_645_557_742) }, random: { 0x123_4567_89AB_CDEF })
    // The time and layout of the example in RFC 9562, appendix A.6.
    #expect(context.newID(Shop.self).description == "017f22e2-79b0-7012-8048-d159e26af37b")
  }

  @Test func `of a later millisecond sorts behind an earlier one`() {
    let time = Mutex(0.0)
    let context = Context(
      now: {
        Date(
          timeIntervalSince1970: time.withLock {
            $0 += 0.001
            return $0
          })
      },
      random: Context.system.random)
    let ids = (1...100).map { _ in context.newID(Shop.self).description }
    #expect(ids == ids.sorted() && Set(ids).count == 100)
  }

  @Test func `reads what it wrote, in either case, and nothing else`() {
    let id = Context.system.newID(Shop.self)
    #expect(ID<Shop>(id.description) == id)
    #expect(ID<Shop>(id.description.uppercased()) == id)
    for text in ["", "shop", "\(id)0", " \(id)", "\(id)'", id.description.replacing("-", with: "")]
    {
      #expect(ID<Shop>(text) == nil, "\(text)")
    }
  }
}
