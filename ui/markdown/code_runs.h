#pragma once

#include <QString>
#include <vector>

namespace gatescope {

enum class CodePart { Keyword, Type, Function, String, Number, Comment, Preprocessor };

/// [begin, end) in UTF-16 units of the code.
struct CodeRun {
    int begin = 0;
    int end = 0;
    CodePart part = CodePart::Keyword;
    friend bool operator==(const CodeRun&, const CodeRun&) = default;
};

/// Whether a language of a fence ("c++", "py") is known.
bool knowsLanguage(const QString& language);

/// The parts of `code` that are coloured, in order, as the language definitions of Debian's GNU
/// Source-highlight say; empty for a language it does not know. Lines too long to be read are left
/// out. May take long, and reads a definition file once for each language: never on the UI thread,
/// and one call at a time.
std::vector<CodeRun> codeRuns(const QString& language, const QString& code);

}  // namespace gatescope
