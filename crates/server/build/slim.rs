//! Scripts and styles as browsers get them: without comments, which are a third of what would travel. Whoever wants to read them
//! reads the repository; a debug build serves the files as they are.

/// Takes out the comments that lines begin with. Lines keep their numbers, so that what a browser reports can be found; a comment
/// behind code stays. No line inside a template or a string looks like a comment here: the tests in browsers run what comes out.
pub(crate) fn without_comments(text: &str) -> String {
    let mut slim = String::with_capacity(text.len());
    let mut is_in_block = false;
    for line in text.lines() {
        let mut code = line;
        while is_in_block || code.trim_start().starts_with("/*") {
            let end = code.split_once("*/");
            is_in_block = end.is_none();
            code = end.map_or("", |(_, rest)| rest);
            if is_in_block {
                break;
            }
        }
        let is_comment = code.trim_start().starts_with("//");
        slim.push_str(if is_comment { "" } else { code });
        slim.push('\n');
    }
    slim
}
