//! Which events a platform's words name, such as the fourth in `Invalid parameter: data[3][user_data][em]`.

/// The indices that follow the name of a list: `data[3]`, `['data'][3]`, `data.3.event_id`, whatever the case. The name
/// stands alone, so that `data` is not found in `custom_data[3]`.
pub(crate) fn indices(text: &str, list: &str) -> Vec<usize> {
    following(text, list, |rest| {
        let rest = rest.trim_start_matches(['\\', '\'', '"', ']']);
        match rest.strip_prefix('[') {
            Some(rest) => number(rest).filter(|(_, rest)| rest.starts_with(']')),
            None => number(rest.strip_prefix('.')?),
        }
    })
}

/// The numbers that follow the name of a field: `"event_index":3`, `event_index: "3"`.
pub(crate) fn numbers(text: &str, field: &str) -> Vec<usize> {
    following(text, field, |rest| {
        number(rest.trim_start_matches(['\\', '\'', '"', ':', '=', ' ']))
    })
}

/// What `read` finds behind each mention of `name`, each once.
fn following(text: &str, name: &str, read: impl Fn(&str) -> Option<(usize, &str)>) -> Vec<usize> {
    let text = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (at, _) in text.match_indices(name) {
        if !text[..at].ends_with(is_of_name)
            && let Some((index, _)) = read(&text[at + name.len()..])
            && !found.contains(&index)
        {
            found.push(index);
        }
    }
    found
}

/// The number at the start, and what follows it; `3rd` and `3_5` are not numbers.
fn number(text: &str) -> Option<(usize, &str)> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text[..text.len() - rest.len()].parse().ok()?;
    (!rest.starts_with(is_of_name)).then_some((number, rest))
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("(#100) Param data[3][event_time] must be a number", &[3])]
    #[case(r#"Unexpected key "x" on param "$['data'][0]"."#, &[0])]
    #[case(r#"param \"data\"[12]"#, &[12])]
    #[case("data.4.event_id: Not a valid string, Data.0.event: missing, data[4]", &[4, 0])]
    #[case("data[2]", &[2])]
    #[case("see data.7", &[7])]
    #[case::another_list("custom_data[3] of user_data.4.em", &[])]
    #[case::no_index("data[x], data[], data[3, data., data.3rd, data, data3", &[])]
    #[case::too_large("data[99999999999999999999999]", &[])]
    #[case::nothing("", &[])]
    fn an_index_behind_the_lists_name_is_found(#[case] text: &str, #[case] expected: &[usize]) {
        assert_eq!(indices(text, "data"), expected);
    }

    #[rstest]
    #[case(r#"{"event_index":14,"message":"x"}"#, &[14])]
    #[case(r#"{\"event_index\": \"2\"}, event_index=3"#, &[2, 3])]
    #[case("last_event_index: 4, event_index is 5", &[])]
    fn a_number_behind_the_fields_name_is_found(#[case] text: &str, #[case] expected: &[usize]) {
        assert_eq!(numbers(text, "event_index"), expected);
    }

    proptest! {
        #[test]
        fn any_text_can_be_searched(text in "(.|data|[\\[\\].:'\"0-9]){0,40}") {
            indices(&text, "data");
            numbers(&text, "data");
        }
    }
}
