//! E-mail and web addresses: small, sane checks.
//!
//! Accepts what people have and refuses what cannot be delivered or followed safely.

use crate::text;

const EMAIL_MAX: usize = 254;
const URL_MAX: usize = 2000;

/// An e-mail address in its normal form (trimmed, half-width, domain in lower case).
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let half = text::half_width(text);
    let trimmed = text::trim(&half);
    let (local, domain) = trimmed.rsplit_once('@')?;
    let local_fits = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| {
            c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || is_letter_abroad(c)
        });
    let fits = local_fits && trimmed.len() <= EMAIL_MAX && domain.contains('.') && is_host(domain);
    fits.then(|| format!("{local}@{}", domain.to_lowercase()))
}

/// A web address in its normal form (trimmed). Only `http` and `https`; no user or password in
/// front of the host, which make one address look like another.
#[must_use]
pub fn url(text: &str) -> Option<String> {
    let trimmed = text::trim(text);
    let (scheme, rest) = trimmed.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end)?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let port_fits = port.is_none_or(|port| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|p| p > 0)
    });
    let tail_fits = tail.chars().all(|c| {
        !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"' | '\\' | '`')
    }) && !text::has_hidden(tail);
    let fits = matches!(scheme.as_str(), "http" | "https")
        && trimmed.len() <= URL_MAX
        && is_host(host)
        && port_fits
        && tail_fits;
    fits.then(|| format!("{scheme}://{}{tail}", authority.to_lowercase()))
}

fn is_host(host: &str) -> bool {
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || is_letter_abroad(c))
    };
    (1..=253).contains(&host.len()) && host.split('.').all(label_fits)
}

fn is_letter_abroad(c: char) -> bool {
    !c.is_ascii() && c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usual_mail_addresses_pass_and_broken_ones_do_not() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(email(text).as_deref(), expected, "{text}");
        };
        check("u1@example.com", Some("u1@example.com"));
        check(" First.Last+tag@Example.COM ", Some("First.Last+tag@example.com"));
        check("u1＠example．com", Some("u1@example.com"));
        check("张三@例子.中国", Some("张三@例子.中国"));
        for bad in [
            "",
            "a",
            "@b.cn",
            "a@",
            "a@b",
            "a b@c.cn",
            "a@b..cn",
            "a@-b.cn",
            ".a@b.cn",
            "a..b@c.cn",
            "a@b.cn,c@d.cn",
            "a@b.c\u{202e}n",
            "<a@b.cn>",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn only_plain_web_addresses_pass() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(url(text).as_deref(), expected, "{text}");
        };
        check("https://Example.com/A?b=c#d", Some("https://example.com/A?b=c#d"));
        check("HTTP://localhost:8080", Some("http://localhost:8080"));
        check("https://例子.中国/路", Some("https://例子.中国/路"));
        for bad in [
            "",
            "example.com",
            "javascript://x",
            "ftp://a.cn",
            "https://",
            "https://user@bank.cn/",
            "https://a.cn:99999",
            "https://a.cn:",
            "https://a.cn/<script>",
            "https://a.cn/ b",
            "https://a.cn/\u{202e}b",
            "https://a cn",
        ] {
            check(bad, None);
        }
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own(text in any::<String>(), local in "[a-z0-9]{1,9}") {
            let mail = email(&format!("{local}@Example.com"));
            prop_assert_eq!(mail.as_deref().and_then(email), mail);
            for read in [email(&text), url(&text)].into_iter().flatten() {
                prop_assert!(!read.is_empty());
            }
        }
    }
}
