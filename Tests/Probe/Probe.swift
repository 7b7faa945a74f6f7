import FoundationEssentials
import PostgreSQL
import Synchronization
import Glibc

@main enum Probe {
  static func main() async throws {
    let args = CommandLine.arguments
    let size = Int(args[1])!, tasks = Int(args[2])!, mode = args[3]
    let pool = Pool(.init(connectionString: "host=/tmp/pgs user=martlet_web dbname=postgres", size: size))
    let counter = Counter()
    let end = ContinuousClock.now + .seconds(4)
    
    await withTaskGroup(of: Void.self) { g in
      for _ in 0..<tasks {
        g.addTask {
          var mine: [Double] = []
          let shop = UUID(uuidString: "00000000-0000-4000-8000-00000000000a")!
          while ContinuousClock.now < end {
            let s = ContinuousClock.now
            let id = Int.random(in: 1...10000)
            do {
            if mode == "row" {
              let q = Query("SELECT id, name, price FROM items WHERE id = \(id)") { r throws(RowError) in
                (try r.get("id", as: Int.self), try r.get("name", as: String.self), try r.get("price", as: Int128.self)) }
              let rows = try await pool.run(q, as: .login, options: .retryingConflicts)
              precondition(rows.count == 1)
            } else {
              let ctx = TransactionContext(role: "martlet_public", settings: ["app.shop_id": shop])
              let q = Query("SELECT id, name, price FROM items WHERE shop_id = \(shop) AND id = \(id)") { r throws(RowError) in
                (try r.get("id", as: Int.self), try r.get("name", as: String.self), try r.get("price", as: Int128.self)) }
              let rows = try await pool.run(q, as: ctx, options: .readOnly)
              precondition(rows.count == 1)
            }
            } catch { print(error); exit(1) }
            counter.count.wrappingAdd(1, ordering: .relaxed)
            mine.append((ContinuousClock.now - s) / .milliseconds(1))
          }
          let m = mine
          counter.lat.withLock { $0 += m }
        }
      }
    }
    let l = counter.lat.withLock { $0.sorted() }
    print(mode, size, tasks, counter.count.load(ordering: .relaxed) / 4, "/s p50", l[l.count/2], "p99", l[l.count*99/100])
  }
}
final class Counter: Sendable { let count = Atomic<Int>(0); let lat = Mutex<[Double]>([]) }
