/// The dashboard's texts, in which `~` stands for a value.
enum DashboardText {
  static let start: StaticString = """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
    <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath \
    fill='%231f5fd0' d='M8 0l7 3v5c0 4-3 7-7 8-4-1-7-4-7-8V3z'/%3E%3C/svg%3E"><title>~ · dstack</title><style>
    """
  static let absent: StaticString = "<span class=\"pill bad\">not a TDX guest: no evidence</span>"
  static let unproven: StaticString = "<span class=\"pill bad\">Intel TDX, but no evidence: Info says why</span>"
  static let mismatched: StaticString = "<span class=\"pill bad\">the event log does not reproduce RTMR3</span>"
  static let present: StaticString =
    "<span class=\"pill good\">Intel TDX</span> <span class=\"pill good\">event log reproduces RTMR3</span>"
  static let app: StaticString = """
    <section id="app"><h2>App</h2><dl><dt>App ID</dt><dd><code>~</code></dd><dt>Instance ID</dt><dd><code>~</code></dd>\
    <dt>Compose hash</dt><dd><code>~</code></dd><dt>OS image hash</dt><dd><code>~</code></dd><dt>Device ID</dt>\
    <dd><code>~</code></dd><dt>Key provider</dt><dd><code>~</code></dd></dl></section>

    """
  static let noApp: StaticString = """
    <section id="app"><h2>App</h2><p class="dim">This machine cannot prove what it runs, so the app has no identity here.</p>\
    </section>

    """
  static let containers: StaticString = """
    <div class="scroll"><table><thead><tr><th>Name</th><th>State</th><th>Status</th><th class="wide">Image</th>
    """
  static let container: StaticString = "<tr><td>~</td><td>~</td><td>~</td><td>~</td>"
  static let logs: StaticString = """
    <td><a href="/logs/~?text&amp;bare&amp;tail=200">recent</a> · \
    <a href="/logs/~?text&amp;bare&amp;tail=20&amp;follow">follow</a></td>
    """
  static let machine: StaticString = """
    <section id="machine"><h2>Machine</h2><dl><dt>Operating system</dt><dd>~ ~</dd><dt>Kernel</dt><dd>~</dd><dt>Processors</dt>\
    <dd>~ × ~</dd><dt>Load</dt><dd class="num">~ · ~ · ~ <span class="dim">in 1, 5 and 15 minutes</span></dd>\
    <dt>Up</dt><dd>~d ~h ~m ~s</dd>
    """
  static let use: StaticString = """
    <dt>~</dt><dd><meter min="0" low="75" high="90" optimum="0" max="100" value="~"></meter> <span class="num">~ of ~</span></dd>
    """
  static let registers: StaticString = """
    <section id="measurements"><h2>Measurements</h2><p class="dim">Click a value to select it.</p><dl><dt>MRTD</dt>\
    <dd><code>~</code></dd><dt>RTMR0</dt><dd><code>~</code></dd><dt>RTMR1</dt><dd><code>~</code></dd><dt>RTMR2</dt>\
    <dd><code>~</code></dd><dt>RTMR3</dt><dd><code>~</code></dd><dt>Aggregated</dt><dd><code>~</code></dd></dl></section>

    """
  static let events: StaticString = """
    <section><details open><summary>Event log, ~ events</summary><div class="scroll"><table><thead><tr><th>RTMR</th>\
    <th>Event</th><th>Payload</th><th class="wide">Digest</th></tr></thead>
    """
  static let event: StaticString = """
    <tr><td class="num">~</td><td class="num ~">~</td><td><code class="cut">~</code></td>\
    <td class="wide"><code class="cut">~</code></td></tr>
    """
  static let compose: StaticString = "<section><details><summary>app-compose.json</summary><pre>~~</pre></details></section>\n"
  static let proof: StaticString = """
    <section id="verify"><h2>Verify</h2><p>This page is the machine's own word. Proof is a quote that Intel's hardware signed, \
    whose registers the event log reproduces:</p><ol><li>Get a quote over the app's signing key, with the event log: \
    <a href="/prpc/Worker.GetAttestationForAppKey?algorithm=ed25519">GetAttestationForAppKey</a></li><li>Check the quote's \
    signature, for example with <code>dcap-qvl</code>.</li><li>Replay the event log: each RTMR is SHA-384 over its last value and \
    the next digest, and ends at the quote's value.</li><li>Compare <i>compose hash</i> with the SHA-256 of the app-compose.json \
    that you expect, and <i>OS image hash</i> with the image that you built.</li></ol>
    """
  static let noProof: StaticString = """
    <section id="verify"><h2>Verify</h2><p class="dim">Proof is a quote that Intel's hardware signed. This machine has none, so \
    nothing on this page is proven.</p>
    """
  static let end: StaticString = """
    <p class="dim">For programs: <a href="/prpc/Worker.Info">Info</a> · <a href="/prpc/Worker.Version">Version</a></p></section>\
    </main>
    <footer>dstack guest agent ~ (~)</footer></body></html>

    """
}
