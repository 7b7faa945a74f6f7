// Scopes are minted here as tests do it, which a release build does not allow.
#if DEBUG
  import DataKeys
  import Fields
  import FoundationEssentials
  import Glibc
  import HTTPServer
  import PostgreSQL
  @testable import Scope
  import Secrets
  import Wiring

  /// Routes under `/probe/secrets/` that keep what they are told as features will, and fail with it at
  /// hand. The last part of their path is a token, as in a link of a mail.
  struct ProbeSecrets: Sendable {
    /// One secret a shop.
    private static let table = """
      DROP TABLE IF EXISTS app.probe_secrets;
      CREATE TABLE app.probe_secrets (
        shop_id uuid PRIMARY KEY, token_hash bytea NOT NULL,
        sealed bytea NOT NULL CHECK (octet_length(sealed) < 1000), password text NOT NULL);
      CALL app.protect('app.probe_secrets', 'martlet_staff');
      GRANT SELECT, INSERT, UPDATE (token_hash, sealed, password) ON app.probe_secrets
        TO martlet_staff;
      ALTER TABLE app.probe_secrets OWNER TO martlet_owner;
      """

    /// Makes the table, and `--shops` shops whose ids it prints, one a line.
    static func prepare(_ arguments: [String]) async throws {
      let cluster = try ProbeCluster(arguments)
      let superuser = try Connection(to: cluster.connectionString(login: cluster.superuser))
      try await superuser.script(table)
      await superuser.close()
      let shops = ProbeArguments(arguments).number("shops", otherwise: 1)
      let ids = (0..<shops).map { _ in Context.system.newID(Shop.self) }
      let pool = Pool(
        .init(connectionString: cluster.connectionString(login: Login.operator.rawValue), size: 1))
      try await Database(pool: pool).run(
        Command(
          """
          INSERT INTO shop_slugs (slug, shop_id)
          SELECT 'shop-' || right(id::text, 12), id FROM unnest(\(ids)) AS id
          """),
        Command(
          """
          INSERT INTO shops (shop_id, slug, name, state, currency, locale, time_zone, country)
          SELECT id, 'shop-' || right(id::text, 12), 'A shop', 'active', 'KES', 'en', 'Africa/Nairobi',
                 'KE' FROM unnest(\(ids)) AS id
          """), in: Guard.commandLine())
      for id in ids { print(id) }
    }

    private let keys: DataKeys
    private let database: Database
    /// As cheap as it gets: here it is not the cost that is tried.
    private let hasher = PasswordHasher(
      cost: PasswordCost(memoryBytes: 8 << 10, passes: 1), threads: 2)

    /// None where `MARTLET_KEYS` does not say which keys to use.
    static func routes(_ parts: WebProcess.Parts) -> [Route] {
      guard let path = getenv("MARTLET_KEYS"),
        let keys = try? RootKeys(file: KeyFile(path: String(cString: path)))
      else { return [] }
      return ProbeSecrets(
        keys: DataKeys(rootKeys: keys, database: parts.database), database: parts.database
      ).routes
    }

    private init(keys: DataKeys, database: Database) {
      self.keys = keys
      self.database = database
    }

    private var routes: [Route] {
      [
        Route(.post, "/probe/secrets/{token}") { (request, token: String) in
          try await keep(request, SecretToken(token))
        },
        Route(.get, "/probe/secrets/{token}") { (request, token: String) in
          try await open(request, SecretToken(token))
        },
        Route(.post, "/probe/secrets/{token}/mistake") { (_, token: String) in
          throw Mistake(token: SecretToken(token))
        },
        Route(.post, "/probe/secrets/{token}/trap") { (_, token: String) in
          fatalError("\(SecretToken(token))")
        },
      ]
    }

    private struct Mistake: Error {
      let token: SecretToken
    }

    private func keep(_ request: Request, _ token: SecretToken) async throws -> Response {
      let shop = try shop(of: request)
      let sealed = try SealedValue(
        sealing: Array(field("value", of: request).utf8), with: try await keys.key(of: shop),
        for: context(of: shop))
      let password = try await hasher.hash(field("password", of: request))
      try await database.run(
        Command(
          """
          INSERT INTO probe_secrets (shop_id, token_hash, sealed, password)
          VALUES (\(shop.id), \(Bytes(token.hash)), \(Bytes(sealed.bytes)), \(password.text))
          ON CONFLICT (shop_id) DO UPDATE SET
            token_hash = EXCLUDED.token_hash, sealed = EXCLUDED.sealed, password = EXCLUDED.password
          """), in: shop)
      return .text("kept")
    }

    private func open(_ request: Request, _ token: SecretToken) async throws -> Response {
      let shop = try shop(of: request)
      let query = Query<Bytes>(
        """
        SELECT sealed FROM probe_secrets
         WHERE shop_id = \(shop.id) AND token_hash = \(Bytes(token.hash))
        """
      ) { row throws(RowError) in try row.get("sealed") }
      guard let sealed = try await database.first(query, in: shop) else { throw HTTPError.notFound }
      let value = try SealedValue(sealed.array)
        .open(with: try await keys.key(of: shop), for: context(of: shop))
      return .text(String(decoding: value, as: UTF8.self))
    }

    private func shop(of request: Request) throws -> ShopScope {
      guard let id = request.query("shop").flatMap({ ID<Shop>($0) }) else {
        throw HTTPError.notFound
      }
      return ShopScope(id, tables: .staff)
    }

    private func context(of shop: ShopScope) -> SealContext {
      SealContext(
        table: "probe_secrets", column: "sealed", row: shop.id.uuid, owner: shop.id.uuid)
    }

    private func field(_ name: String, of request: Request) -> String {
      guard case .string(let text) = request.body.input?.part(name) else { return "" }
      return text
    }
  }
#endif
