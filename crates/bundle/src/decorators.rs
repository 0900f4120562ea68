//! The one syntax that rolldown leaves in although QuickJS can't read it: decorators of the standard.
//!
//! TypeScript's older ones are rewritten when a tsconfig.json asks for them. They aren't by default: the two
//! call the same function with different arguments, so a guess would change what a program does.

use oxc::ast::ast::Decorator;
use oxc::ast_visit::Visit;
use oxc::span::SourceType;
use rolldown_common::OutputChunk;
use rolldown_ecmascript::EcmaCompiler;

use crate::diagnose::Diagnose;
use crate::place::Place;
use crate::{Problem, Target};

const ADVICE: &str = r#"the quickjs runtime has no decorators; set "experimentalDecorators": true in tsconfig.json to have TypeScript's"#;

/// A problem for each decorator in a bundle for QuickJS.
pub(crate) fn left_in(chunk: &OutputChunk, diagnose: &Diagnose<'_>) -> Vec<Problem> {
    if diagnose.target != Target::QuickJs || !chunk.code.contains('@') {
        return Vec::new();
    }
    let Some(map) = &chunk.map else { return Vec::new() };
    let lines = map.generate_lookup_table();
    let places = offsets(&chunk.code).into_iter().filter_map(|offset| {
        let (line, column) = line_and_column(&chunk.code, offset)?;
        map.lookup_source_view_token(&lines, line, column)
    });
    let problems = places.filter_map(|token| {
        let place = Place {
            file: token.get_source()?,
            line: token.get_src_line() as usize + 1,
            column_utf16: token.get_src_col() as usize,
        };
        Some(diagnose.problem_at(&place, ADVICE.to_owned()))
    });
    problems.collect()
}

/// Where in the code decorators start, in bytes.
fn offsets(code: &str) -> Vec<usize> {
    // Only TypeScript's grammar has decorators of parameters. What neither can read, the engine will refuse.
    let parse = |grammar| EcmaCompiler::parse("bundle", code, grammar);
    let mut found = Found(Vec::new());
    if let Ok(module) = parse(SourceType::mjs()).or_else(|_| parse(SourceType::ts())) {
        module.program.with_dependent(|_, parsed| found.visit_program(&parsed.program));
    }
    found.0
}

struct Found(Vec<usize>);

impl<'a> Visit<'a> for Found {
    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.0.push(decorator.span.start as usize);
    }
}

/// Line and column as source maps count: from 0, in units of UTF-16.
fn line_and_column(code: &str, offset: usize) -> Option<(u32, u32)> {
    let before = code.get(..offset)?;
    let line = before.bytes().filter(|&byte| byte == b'\n').count();
    let column = before.rsplit('\n').next()?.encode_utf16().count();
    Some((line.try_into().ok()?, column.try_into().ok()?))
}
