//! What the kit found, for people, for programs and for the test views of build servers.

use std::fmt::Write as _;

use serde::Serialize;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The operation, or `check`.
    pub operation: String,
    /// The case of the script; empty where none is meant.
    pub case: String,
    /// What was looked at: a code of `plugins/SPEC.md`.
    pub check: String,
    /// Why it is not so; none where all is well.
    pub failure: Option<String>,
}

/// Everything that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `namespace/name@version`.
    pub plugin: String,
    /// In the order in which it was played.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Adds what was found.
    pub fn put(&mut self, operation: &str, case: &str, check: &str, found: Result<(), String>) {
        self.findings.push(Finding {
            operation: operation.to_owned(),
            case: case.to_owned(),
            check: check.to_owned(),
            failure: found.err(),
        });
    }

    /// Whether all is well.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.failure.is_none())
    }

    fn failed(&self) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.failure.is_some())
            .count()
    }

    /// For people: a line for each operation and case, and every failure in full.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.plugin);
        let mut rest = self.findings.as_slice();
        while let Some(first) = rest.first() {
            let same = |finding: &&Finding| {
                finding.operation == first.operation && finding.case == first.case
            };
            let group = rest.iter().take_while(same).count();
            let (group, after) = rest.split_at(group);
            rest = after;
            let failed: Vec<_> = group
                .iter()
                .filter(|finding| finding.failure.is_some())
                .collect();
            let mark = if failed.is_empty() { "ok  " } else { "FAIL" };
            let case = if first.case.is_empty() {
                "-"
            } else {
                &first.case
            };
            let _ = writeln!(
                text,
                "{mark} {}: {case} ({} checks)",
                first.operation,
                group.len()
            );
            for finding in failed {
                let why = finding.failure.as_deref().unwrap_or_default();
                let _ = writeln!(text, "     {}: {why}", finding.check);
            }
        }
        let (all, failed) = (self.findings.len(), self.failed());
        let _ = writeln!(text, "\n{} passed, {failed} failed", all - failed);
        text
    }

    /// JUnit's XML, as most build servers read it: an operation is a class, a check a test.
    #[must_use]
    pub fn junit(&self) -> String {
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n",
            escaped(&self.plugin),
            self.findings.len(),
            self.failed()
        );
        for finding in &self.findings {
            let name = match finding.case.as_str() {
                "" => finding.check.clone(),
                case => format!("{}: {case}", finding.check),
            };
            let open = format!(
                "    <testcase classname=\"{}\" name=\"{}\"",
                escaped(&finding.operation),
                escaped(&name)
            );
            let _ = match &finding.failure {
                None => writeln!(text, "{open}/>"),
                Some(why) => writeln!(
                    text,
                    "{open}><failure message=\"{}\"/></testcase>",
                    escaped(why)
                ),
            };
        }
        text + "  </testsuite>\n</testsuites>\n"
    }
}

/// Text inside an attribute; what XML cannot hold at all is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report {
            plugin: "acme/crm@1.0.0".to_owned(),
            ..Report::default()
        };
        report.put("find", "one", "case", Ok(()));
        report.put("find", "one", "output-schema", Err("a \"<b>\"".to_owned()));
        report.put("check", "", "untested", Ok(()));
        report
    }

    #[test]
    fn people_see_what_failed_and_how_many_did_not() {
        assert_eq!(
            report().text(),
            "acme/crm@1.0.0\nFAIL find: one (2 checks)\n     output-schema: a \"<b>\"\nok   check: - (1 checks)\n\n2 passed, 1 failed\n"
        );
        assert!(!report().is_passed());
    }

    #[test]
    fn build_servers_see_the_same() {
        let xml = report().junit();
        assert!(xml.contains("tests=\"3\" failures=\"1\""), "{xml}");
        assert!(
            xml.contains("<failure message=\"a &quot;&lt;b&gt;&quot;\"/>"),
            "{xml}"
        );
    }
}
