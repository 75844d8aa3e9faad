extension Dashboard {
  /// The page's only style sheet. The content security policy names its hash.
  static let style: StaticString = """
    :root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b1f27;--dim:#5c6675;--line:#e1e5eb;--blue:#1f5fd0;--green:#14743a;\
    --green-bg:#e2f5e9;--red:#b3261e;--red-bg:#fdeceb;--code:#f1f3f6}
    @media(prefers-color-scheme:dark){:root{--bg:#0f1216;--card:#171b21;--ink:#e6e9ee;--dim:#98a2b1;--line:#2a303a;--blue:#7fb0ff;\
    --green:#6fd596;--green-bg:#12301f;--red:#ff9a92;--red-bg:#3a1614;--code:#1f242c}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
    header,main,footer{max-width:1080px;margin:0 auto;padding:0 20px}
    header{padding-top:32px}
    h1{margin:0;font-size:28px;line-height:1.2;overflow-wrap:anywhere}
    h2{margin:0 0 12px;font-size:17px}
    p{margin:8px 0}
    a{color:var(--blue)}
    nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin:16px 0 0}
    section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:18px 20px;margin:16px 0}
    .dim{color:var(--dim)}
    .pill{display:inline-block;border-radius:99px;padding:1px 10px;font-size:13px;background:var(--code);color:var(--dim);\
    white-space:nowrap}
    .good{background:var(--green-bg);color:var(--green)}
    .bad{background:var(--red-bg);color:var(--red)}
    dl{display:grid;grid-template-columns:minmax(120px,190px) 1fr;gap:8px 16px;margin:0}
    dt{color:var(--dim)}
    dd{margin:0;min-width:0;overflow-wrap:anywhere;unicode-bidi:isolate}
    code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
    code{background:var(--code);border-radius:5px;padding:2px 6px;overflow-wrap:anywhere;user-select:all;-webkit-user-select:all;\
    unicode-bidi:isolate}
    pre{background:var(--code);border-radius:8px;padding:12px;margin:8px 0;overflow:auto;max-height:420px;white-space:pre-wrap;\
    overflow-wrap:anywhere}
    textarea{display:block;width:100%;height:320px;border:0;border-radius:8px;padding:12px;background:var(--code);color:inherit;\
    font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;width:100%}
    th,td{text-align:left;vertical-align:top;padding:7px 12px 7px 0;border-top:1px solid var(--line);unicode-bidi:isolate}
    th{color:var(--dim);font-weight:500;border-top:0}
    td{overflow-wrap:break-word}
    #containers td:nth-child(5){white-space:nowrap}
    code:empty{display:none}
    dd code:empty{display:inline}
    dd code:empty::after{content:"none"}
    .cut{display:inline-block;max-width:260px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;vertical-align:bottom}
    .num{white-space:nowrap;font-variant-numeric:tabular-nums}
    meter{width:100%;max-width:320px;height:12px;vertical-align:middle}
    summary{cursor:pointer}
    details[open] summary{margin-bottom:10px}
    footer{padding-bottom:32px;color:var(--dim);font-size:13px}
    @media(max-width:640px){header,main,footer{padding-left:12px;padding-right:12px}header{padding-top:20px}section{padding:14px}\
    dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:10px}.wide,#containers td:nth-child(4){display:none}\
    .num{white-space:normal;overflow-wrap:anywhere}.cut{max-width:130px}}
    """
}
