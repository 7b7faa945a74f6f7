import FoundationEssentials
import PostgreSQL

/// The tables that benchmarks work on, in the private database of a running probe.
enum BenchDatabase {
  static let rows = 10_000
  static let shop = UUID(uuid: (0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x0a))
  static let role = "martlet_commerce"
  static let scope = TransactionContext(role: role, settings: ["app.shop_id": shop])

  /// Seeds the tables and prints, as JSON, where they are.
  static func run(_ arguments: [String]) async throws {
    let cluster = try ProbeCluster(arguments)
    let superuser = try Connection(to: cluster.connectionString(login: cluster.superuser))
    try await superuser.script(schema)
    try await superuser.transaction { transaction in
      try await transaction.copy(
        into: "COPY app.probe_items (shop_id, id, name, price_minor, stock) FROM STDIN",
        rows: (1...rows).lazy.map { "\(shop.uuidString)\t\($0)\tItem \($0)\t\($0 * 10)\t1000000\n" }
      )
    }
    try await superuser.script("VACUUM ANALYZE app.probe_items")
    let report = Report(
      host: cluster.socketFolder, port: 5432, dbname: cluster.database, user: "martlet_web",
      shopId: shop.uuidString, role: role, rows: rows)
    try ProbeReport.print(report)
  }

  private struct Report: Encodable {
    let host: String
    let port: Int
    let dbname: String
    let user: String
    let shopId: String
    let role: String
    let rows: Int
  }

  private static let schema = """
    DROP TABLE IF EXISTS app.probe_moves, app.probe_items;
    CREATE TABLE app.probe_items (
      shop_id uuid NOT NULL, id bigint NOT NULL, name text NOT NULL,
      price_minor numeric(38, 0) NOT NULL, stock bigint NOT NULL,
      PRIMARY KEY (shop_id, id)) WITH (fillfactor = 70);
    CREATE TABLE app.probe_moves (
      shop_id uuid NOT NULL, item_id bigint NOT NULL, quantity bigint NOT NULL,
      made_at timestamptz NOT NULL DEFAULT now());
    CALL app.protect('app.probe_items', 'martlet_commerce');
    CALL app.protect('app.probe_moves', 'martlet_commerce');
    GRANT SELECT, UPDATE (stock) ON app.probe_items TO martlet_commerce;
    GRANT INSERT ON app.probe_moves TO martlet_commerce;
    CREATE POLICY login_rows ON app.probe_items FOR SELECT TO martlet_web USING (true);
    GRANT SELECT ON app.probe_items TO martlet_web;
    GRANT USAGE ON SCHEMA app TO martlet_web;
    """
}

/// A row of the benchmarks' table.
struct BenchItem: Sendable {
  let id: Int
  let name: String
  let priceMinor: Int128

  static func find(_ id: Int) -> Query<BenchItem> {
    Query(
      """
      SELECT id, name, price_minor FROM app.probe_items
       WHERE shop_id = \(BenchDatabase.shop) AND id = \(id)
      """
    ) { row throws(RowError) in
      BenchItem(
        id: try row.get("id"), name: try row.get("name"), priceMinor: try row.get("price_minor"))
    }
  }
}
