// Starts GraphiQL against the address it was served from.
//
// A link may carry a token as `#token=…`. A fragment never leaves the browser;
// it is moved into the headers editor and taken out of the address bar, so that
// it stays out of bookmarks, copied addresses and the back button.
//
// A link may also name a thing as `?node=run_…`, as e-mails do; the editor then
// holds a query for it. The query is ours, whatever the link says.
(() => {
  'use strict';

  const DEFAULT_QUERY = `# Every request needs a token.
# Put it in the Headers tab below:
#
#   {"authorization": "Bearer sb_…"}
#
# It is forgotten when this page is closed.

query {
  viewer {
    email
    organisation {
      name
    }
    role
    permissions
  }
  records(first: 5) {
    nodes {
      ebayOrderId
      saleDate
      itemName
      profitCents
    }
    totals {
      count
      profitCents
    }
  }
}
`;

  // What there is to say of a thing, by what its id begins with.
  const SELECTIONS = {
    run: `... on CollectionRun {
      name
      status
      reason
      progress {
        sellersFound
        sellersNew
      }
      startedAt
      completedAt
    }`,
    export: `... on ExportJob {
      status
      fileName
      downloadUrl
      expiresAt
      error {
        code
        message
      }
    }`,
    schedule: `... on Schedule {
      name
      isEnabled
      nextFireTimes
      fires(first: 10) {
        nodes {
          plannedAt
          outcome
          reason
        }
      }
    }`,
  };

  function nodeQuery() {
    const id = new URLSearchParams(location.search).get('node');
    const [, kind] = /^(run|export|schedule)_[0-9a-f]{32}$/.exec(id) ?? [];
    if (kind === undefined) return undefined;
    return `# What the link is about. Put your token in the Headers tab below and run it.

query {
  node(id: "${id}") {
    ${SELECTIONS[kind]}
  }
}
`;
  }

  function takeToken() {
    const token = new URLSearchParams(location.hash.slice(1)).get('token');
    if (token === null) return undefined;
    history.replaceState(null, '', location.pathname + location.search);
    return token;
  }

  // GraphiQL's history keeps the headers of every query it remembers, whatever
  // `shouldPersistHeaders` says. In this page no header reaches the disk.
  function storageWithoutHeaders() {
    const storage = GraphiQL.createLocalStorage({ namespace: 'sellerbook' });
    const write = storage.setItem;
    storage.setItem = (key, value) => write(key, /:(queries|favorites)$/.test(key) ? withoutHeaders(value) : value);
    return storage;
  }

  function withoutHeaders(json) {
    return JSON.stringify(JSON.parse(json), (name, value) => (name === 'headers' ? undefined : value));
  }

  // A second link opened in this tab changes only the fragment.
  addEventListener('hashchange', () => {
    if (location.hash.startsWith('#token=')) location.reload();
  });

  // Subscriptions go over a socket, which is told the headers when it opens: it has none of its own in a browser.
  function socketAddress() {
    const address = new URL(`${location.pathname.replace(/\/$/, '')}/ws`, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    return address.href;
  }

  const token = takeToken();
  const headers = token && JSON.stringify({ authorization: `Bearer ${token}` }, null, 2);

  ReactDOM.createRoot(document.getElementById('graphiql')).render(
    React.createElement(GraphiQL, {
      fetcher: GraphiQL.createFetcher({ url: location.pathname, subscriptionUrl: socketAddress() }),
      defaultQuery: DEFAULT_QUERY,
      query: nodeQuery(),
      headers,
      defaultHeaders: headers,
      defaultEditorToolsVisibility: 'headers',
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
      storage: storageWithoutHeaders(),
    }),
  );
})();
