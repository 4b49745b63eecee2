#include "ui/markdown/code_runs.h"

#include <srchilite/formatter.h>
#include <srchilite/formattermanager.h>
#include <srchilite/formatterparams.h>
#include <srchilite/instances.h>
#include <srchilite/langdefmanager.h>
#include <srchilite/sourcehighlighter.h>

#include <QHash>
#include <QStringList>
#include <exception>

namespace gatescope {
namespace {

/// UTF-16 units of a line, and of all the code: what is longer nobody reads for its colours.
constexpr qsizetype kLongestLine = 1000;
constexpr qsizetype kLongestCode = 65536;

/// What fences say, to the definition file. A name that is not here opens no file.
const QHash<QString, const char*>& definitions() {
    static const QHash<QString, const char*> kFiles = [] {
        QHash<QString, const char*> out;
        const auto add = [&out](const char* names, const char* file) {
            for (const QString& name : QString::fromLatin1(names).split(QLatin1Char(' ')))
                out.insert(name, file);
        };
        add("c", "c.lang");
        add("cpp c++ cc cxx h hpp cu cuda", "cpp.lang");
        add("python py python3", "python.lang");
        add("javascript js jsx typescript ts tsx", "javascript.lang");
        add("bash sh shell console zsh", "sh.lang");
        add("json jsonl", "json.lang");
        add("html", "html.lang");
        add("xml svg", "xml.lang");
        add("css", "css.lang");
        add("rust rs", "rust.lang");
        add("go golang", "go.lang");
        add("java kotlin", "java.lang");
        add("csharp c# cs", "csharp.lang");
        add("sql", "sql.lang");
        add("ruby rb", "ruby.lang");
        add("php", "php.lang");
        add("perl pl", "perl.lang");
        add("haskell hs", "haskell.lang");
        add("scala", "scala.lang");
        add("r", "r.lang");
        add("lua", "lua.lang");
        add("latex tex", "latex.lang");
        add("makefile make", "makefile.lang");
        add("diff patch", "diff.lang");
        add("ini conf toml", "conf.lang");
        add("fortran f90", "fortran.lang");
        add("pascal", "pascal.lang");
        add("lisp", "lisp.lang");
        add("scheme", "scheme.lang");
        add("erlang", "erlang.lang");
        add("ocaml ml", "caml.lang");
        add("glsl", "glsl.lang");
        add("proto protobuf", "proto.lang");
        return out;
    }();
    return kFiles;
}

/// Collects what the highlighter calls one of a part's names.
class Collector : public srchilite::Formatter {
  public:
    Collector(CodePart part, std::vector<CodeRun>& runs) : part_(part), runs_(runs) {}
    void format(const std::string& text, const srchilite::FormatterParams* params) override {
        if (!params || params->start < 0 || text.empty()) return;
        const int end = params->start + static_cast<int>(text.size());
        runs_.push_back({params->start, end, part_});
    }

  private:
    CodePart part_;
    std::vector<CodeRun>& runs_;
};

class Ignorer : public srchilite::Formatter {
  public:
    void format(const std::string& /*text*/,
                const srchilite::FormatterParams* /*params*/) override {}
};

srchilite::FormatterManager formatters(std::vector<CodeRun>& runs) {
    srchilite::FormatterManager manager{srchilite::FormatterPtr(new Ignorer)};
    const auto add = [&](const char* names, CodePart part) {
        const srchilite::FormatterPtr collector(new Collector(part, runs));
        for (const QString& name : QString::fromLatin1(names).split(QLatin1Char(' ')))
            manager.addFormatter(name.toStdString(), collector);
    };
    add("keyword selector property attribute", CodePart::Keyword);
    add("type usertype classname", CodePart::Type);
    add("function", CodePart::Function);
    add("string regexp specialchar path url value", CodePart::String);
    add("number", CodePart::Number);
    add("comment todo", CodePart::Comment);
    add("preproc", CodePart::Preprocessor);
    return manager;
}

/// Bytes of one line to UTF-16 units of the code.
void append(const std::vector<CodeRun>& ofLine,
            const QByteArray& line,
            int lineBegin,
            std::vector<CodeRun>& out) {
    for (const CodeRun& run : ofLine) {
        if (run.end > line.size() || run.begin > run.end) continue;
        const auto unit = [&](int byte) {
            return lineBegin + static_cast<int>(QString::fromUtf8(line.constData(), byte).size());
        };
        out.push_back({unit(run.begin), unit(run.end), run.part});
    }
}

}  // namespace

bool knowsLanguage(const QString& language) {
    return definitions().contains(language.toLower());
}

std::vector<CodeRun> codeRuns(const QString& language, const QString& code) {
    std::vector<CodeRun> out;
    if (!knowsLanguage(language) || code.size() > kLongestCode) return out;
    // A border: the library throws where a definition or a regular expression asks for too much.
    try {
        auto* const languages = srchilite::Instances::getLangDefManager();
        srchilite::SourceHighlighter highlighter(
            languages->getHighlightState(definitions().value(language.toLower())));
        std::vector<CodeRun> ofLine;
        const srchilite::FormatterManager manager = formatters(ofLine);
        srchilite::FormatterParams params;
        highlighter.setFormatterManager(&manager);
        highlighter.setFormatterParams(&params);
        highlighter.setOptimize(false);
        int begin = 0;
        for (const QString& line : code.split(QLatin1Char('\n'))) {
            if (line.size() <= kLongestLine) {
                ofLine.clear();
                params.start = 0;
                const QByteArray bytes = line.toUtf8();
                highlighter.highlightParagraph(bytes.toStdString());
                append(ofLine, bytes, begin, out);
            }
            begin += static_cast<int>(line.size()) + 1;
        }
    } catch (const std::exception&) {  // code without colours is code still
        out.clear();
    }
    return out;
}

}  // namespace gatescope
