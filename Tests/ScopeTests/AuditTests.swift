import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import Scope

@Suite struct `The audit at start-up` {
  @Test func `finds nothing in the database that the migrations make`() async throws {
    let database = try await TestDatabase.own()
    #expect(try await Audit.findings(on: database.web) == [])
    #expect(try await Audit.findings(on: database.operator) == [])
  }

  /// Each mistake, and a part of the sentence that names it.
  @Test(
    arguments: [
      (
        "CREATE TABLE loose (shop_id uuid NOT NULL, id uuid, PRIMARY KEY (shop_id, id))",
        "loose does not force row-level security"
      ),
      ("ALTER TABLE shops NO FORCE ROW LEVEL SECURITY", "shops does not force"),
      ("CREATE TABLE orphans (id uuid PRIMARY KEY)", "orphans has no column shop_id"),
      ("CREATE TABLE halves (shop_id uuid, id uuid)", "halves has no column shop_id uuid NOT NULL"),
      ("ALTER TABLE shops ADD mood real", "Column mood of app.shops is real"),
      ("ALTER TABLE shops ADD due numeric", "Column due of app.shops is numeric"),
      (
        "CREATE TYPE mood AS ENUM ('good'); ALTER TABLE shops ADD mood mood",
        "Column mood of app.shops"
      ),
      (
        "ALTER TABLE shops ADD due numeric(38,0); CREATE INDEX bad ON shops (shop_id, due)",
        "Index app.bad holds the numeric column due"
      ),
      ("CREATE MATERIALIZED VIEW seen AS SELECT * FROM plans", "seen is a materialized view"),
      ("CREATE VIEW seen AS SELECT * FROM shops", "View app.seen runs with its owner's rights"),
      (
        "CREATE POLICY extra ON shops TO martlet_staff USING (state = 'active')",
        "Policy extra of app.shops lets martlet_staff past its shop"
      ),
      ("CREATE POLICY extra ON shops USING (true)", "lets everybody past its shop"),
      (
        "CREATE POLICY extra ON plans TO martlet_public USING (true)",
        "plans has 2 permissive policies for martlet_public"
      ),
      ("DROP POLICY reseller_rows ON resellers", "resellers does not narrow a reseller"),
      ("ALTER TABLE resellers ADD UNIQUE (reseller_id)", "does not begin with shop_id"),
      ("ALTER TABLE resellers ADD UNIQUE (reseller_id, shop_id)", "does not begin with shop_id"),
      (
        "CREATE UNIQUE INDEX bad ON resellers (name)",
        "Index app.bad of app.resellers does not begin"
      ),
      ("CREATE INDEX bad ON resellers (name)", "Index app.bad of app.resellers does not begin"),
      (
        """
        CREATE TABLE notes (shop_id uuid NOT NULL, about uuid REFERENCES shops (shop_id));
        CALL app.protect('notes', 'martlet_staff')
        """, "can point into another shop"
      ),
      ("GRANT TRUNCATE ON shops TO martlet_staff", "martlet_staff may TRUNCATE on app.shops"),
      ("GRANT SELECT ON plans TO PUBLIC", "PUBLIC may SELECT on app.plans"),
      ("GRANT SELECT ON plans TO martlet_web", "martlet_web may SELECT on app.plans"),
      ("GRANT SELECT ON plans TO martlet_public WITH GRANT OPTION", "martlet_public may SELECT"),
      (
        "GRANT UPDATE ON resellers TO martlet_staff", "martlet_staff may move rows of app.resellers"
      ),
      ("GRANT UPDATE (shop_id) ON resellers TO martlet_staff", "martlet_staff may move rows"),
      (
        "GRANT CREATE ON SCHEMA app TO martlet_resolver",
        "martlet_resolver may CREATE in schema app"
      ),
      (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO martlet_staff",
        "Later objects will be open to martlet_staff"
      ),
      ("GRANT EXECUTE ON FUNCTION app.shop() TO PUBLIC", "app.shop() can be called by everybody"),
      (
        "CREATE FUNCTION all_shops() RETURNS bigint SECURITY DEFINER RETURN (SELECT count(*) FROM app.shops)",
        "all_shops() runs with the rights of martlet_owner"
      ),
      (
        """
        CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
        GRANT CREATE ON SCHEMA app TO martlet_resolver; ALTER FUNCTION f() OWNER TO martlet_resolver;
        REVOKE CREATE ON SCHEMA app FROM martlet_resolver
        """, "app.f() runs with its owner's rights and the caller's search_path"
      ),
    ] as [(String, String)])
  func `finds`(mistake: String, sentence: String) async throws {
    let findings = try await findings(
      after: "SET ROLE martlet_owner; SET search_path = app; \(mistake)")
    #expect(findings.contains { $0.contains(sentence) }, "\(findings)")
  }

  /// Roles belong to the whole server, so these mistakes are never committed.
  @Test(
    arguments: [
      ("GRANT martlet_owner TO martlet_web", "martlet_web may become martlet_owner"),
      ("GRANT martlet_operator TO martlet_staff", "martlet_staff may become martlet_operator"),
      (
        "GRANT martlet_staff TO martlet_web WITH ADMIN OPTION",
        "martlet_web may become martlet_staff"
      ),
      ("ALTER ROLE martlet_web BYPASSRLS", "Role martlet_web is superuser, or has BYPASSRLS"),
      ("ALTER ROLE martlet_commerce CREATEROLE", "Role martlet_commerce is superuser, or has"),
      ("ALTER ROLE martlet_web INHERIT", "Role martlet_web inherits rights outside a scope"),
      ("ALTER ROLE martlet_owner LOGIN", "Role martlet_owner can log in"),
      ("ALTER ROLE martlet_export RENAME TO martlet_gone", "Role martlet_export is missing"),
    ] as [(String, String)])
  func `finds among the roles`(mistake: String, sentence: String) async throws {
    struct Undo: Error {}
    let found = Mutex<[String]>([])
    let connection = try await Connection(to: TestDatabase.own().superuserConnectionString)
    await #expect(throws: Undo.self) {
      try await connection.transaction { tx in
        try await tx.run(Command(SQL(stringLiteral: mistake)))
        let findings = try await Audit.findings(in: tx)
        found.withLock { $0 = findings }
        throw Undo()
      }
    }
    let findings = found.withLock { $0 }
    #expect(findings.contains { $0.contains(sentence) }, "\(findings)")
  }

  @Test func `finds a database that everybody may connect to`() async throws {
    let findings = try await findings(after: "GRANT CONNECT ON DATABASE \(Self.here) TO PUBLIC")
    #expect(findings == ["Everybody may CONNECT the database: run Migrations/roles.sql."])
  }

  @Test func `finds a table that the owner does not own`() async throws {
    let findings = try await findings(
      after: "ALTER TABLE app.plans OWNER TO \(EmbeddedPostgreSQL.superuser)")
    #expect(findings.contains { $0.contains("owns app.plans") }, "\(findings)")
  }

  @Test func `finds a login that no policy holds back`() async throws {
    let database = try await TestDatabase.shared()
    let pool = Pool(.init(connectionString: database.superuserConnectionString, size: 1))
    let findings = try await Audit.findings(on: pool)
    #expect(findings.contains { $0.contains("logs in as postgres, which no policy holds back") })
  }

  /// Stands for the database's name in a mistake.
  private static let here = "«here»"

  /// In a database of its own.
  private func findings(after mistake: String) async throws -> [String] {
    let database = try await TestDatabase.own()
    let connection = try Connection(to: database.superuserConnectionString)
    try await connection.script(mistake.replacing(Self.here, with: database.name))
    await connection.close()
    return try await Audit.findings(on: database.web)
  }
}
