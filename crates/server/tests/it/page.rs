//! The web app's page: its policy, its base, and where it is not served.

use crate::bed::on_both;

#[test]
fn the_page_names_its_own_scripts_only() {
    on_both(|bed| async move {
        let nobody = bed.nobody();
        let first = nobody.get("/").await;
        let second = nobody.get("/app/list/anything").await;
        for reply in [&first, &second] {
            assert_eq!(reply.status, 200, "{}", reply.text);
            assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
            assert_eq!(reply.header("cache-control"), "no-cache");
            let policy = reply.header("content-security-policy");
            assert!(policy.contains("default-src 'none'"), "{policy}");
            assert!(policy.contains("script-src 'self' 'nonce-"), "{policy}");
            assert!(!policy.contains("unsafe-"), "{policy}");
            assert!(!reply.text.contains("__CSP_NONCE__") && !reply.text.contains("__BASE__"));
        }
        let policy = |reply: &crate::bed::Reply| reply.header("content-security-policy").to_owned();
        assert_ne!(policy(&first), policy(&second), "a nonce is used once");
    });
}

#[test]
fn an_unknown_path_is_no_page() {
    on_both(|bed| async move {
        let nobody = bed.nobody();
        for path in
            ["/api/v1/nothing", "/api", "/assets/none.js", "/index.html", "/apple", "/x/app"]
        {
            let reply = nobody.get(path).await;
            assert_eq!(reply.status, 404, "{path}: {}", reply.text);
            assert!(!reply.text.contains("<html"), "{path}");
        }
    });
}
