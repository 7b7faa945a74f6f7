enum Help {
  static let text = """
    Martlet \(Martlet.version): shops on Telegram and on the web, thousands on one server.

    USAGE
      martlet serve [--port 8080] [--data .data] [--role all|web|worker]
          Serves. Without DATABASE_URL it makes and runs a private PostgreSQL in the data folder.
      martlet migrate [--data .data]
          Brings the database's schema up to date. Needs MARTLET_MIGRATE_URL where DATABASE_URL is set.
      martlet keys rotate [--data .data]
          Makes a new root key and takes the old ones out, also while serving. Needs MARTLET_OPERATOR_URL
          where DATABASE_URL is set.
      martlet operator create EMAIL [--name NAME] [--data .data]
          Makes an account for one of the platform's people, or makes an account theirs. Prints a link that
          sets a new account's password.
      martlet operator list | operator remove EMAIL [--data .data]
          Lists the platform's people; takes the right from one, who is signed out everywhere.
      martlet doctor [--json] [--data .data]
          Looks at settings, database, schema, roles and folders, and says what to mend.
      martlet audit verify [--shop SLUG] [--data .data]
          Walks the chains of all shops' logs, and names each entry that was changed, removed or put in. Prints
          the head of each chain: keep these elsewhere, to see later that none was made anew.
      martlet job run NAME [--at 2026-03-01T03:00:00Z] [--data .data]
          Runs a scheduled job here and now, as of a time.
      martlet job dead | job retry NAME|ID [--data .data]
          Lists the jobs that failed for good; puts some back into the queue.
      martlet sandbox [--port 8081]
          Stand-ins for outside services on this machine alone: a mailbox at /mail, with SMTP on the next port.
      martlet --version | --help

    SETTINGS, from the environment or from the file of NAME=value lines that MARTLET_CONFIG names
      MARTLET_BASE_URL         the platform's address, such as https://shops.example [http://localhost:PORT]
      MARTLET_BIND             the address to listen on [127.0.0.1]
      DATABASE_URL             where the web processes log in, as martlet_web [a private PostgreSQL]
      MARTLET_MIGRATE_URL      where migrations log in, as martlet_migrate
      MARTLET_WORKER_URL       where the worker process logs in, as martlet_worker
      MARTLET_OPERATOR_URL     where the platform's people log in, as martlet_operator: their commands and,
                               where web processes are given it, their pages
      MARTLET_KEYS             the file of root keys, made at first start [root-keys in the data folder]
      MARTLET_SMTP_URL         the server that delivers mails, such as smtp://user:password@mail.example:587 or
                               smtps://mail.example [none: mails wait in the queue]
      MARTLET_MAIL_FROM        whom mails are from [Martlet <noreply@HOST>]
      MARTLET_CONNECTIONS      database connections of a web process [4]
      MARTLET_WEB_PROCESSES    how many [one a core]
      MARTLET_API_RATE         requests a minute of one caller of the API to one web process [600]
      MARTLET_TRUSTED_PROXIES  networks whose X-Forwarded-… headers are believed [none]
      MARTLET_METRICS_PORT     a port of its own for /metrics, /healthz and /readyz [with the pages]
      MARTLET_LOG_REQUESTS     failed or all [failed]
      MARTLET_DATA             the data folder where --data names none [.data]
      MARTLET_CLOCK            a file of 8 bytes, a signed number of seconds by which the clock is shifted,
                               for rehearsals on an address that is not public [none]
      MARTLET_RESOURCES        the folder of Assets, Locales and Migrations [found beside the program]

    EXIT CODES
      0 done, 1 an audit log does not hold, 64 wrong command line, 70 internal, 75 migrations missing, 78 configuration
    """
}
