import PostgreSQL

extension Plan {
  /// From the smallest to the largest, each with the fee policy that it points to now.
  static let offered = Query<Plan>(
    """
    SELECT plans.plan, plans.name, plans.price_minor, plans.price_currency,
           fee_policies.rate_basis_points, plans.max_shops, plans.max_products,
           plans.max_orders_per_month, plans.max_staff, plans.features
      FROM app.plans
      JOIN app.fee_policies
        ON fee_policies.fee_policy = plans.fee_policy
       AND fee_policies.version = plans.fee_policy_version
     ORDER BY plans.position
    """
  ) { row throws(RowError) in
    Plan(
      code: try row.get("plan"),
      name: try row.get("name"),
      monthlyPrice: try row.money("price_minor", currency: "price_currency"),
      feeBasisPoints: try row.get("rate_basis_points"),
      shopAllowance: try row.get("max_shops"),
      limits: Limits(
        products: try row.get("max_products"),
        ordersPerMonth: try row.get("max_orders_per_month"),
        staff: try row.get("max_staff")),
      // A feature that this version has no words for is left out rather than shown as a code.
      features: try row.get("features", as: [String].self).compactMap(Feature.init))
  }
}
