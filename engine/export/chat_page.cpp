#include "engine/export/chat_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "engine/export/code_fences.h"
#include "engine/io/shown_text.h"
#include "engine/io/utf8.h"

namespace gatescope {
namespace {

// Colours of the recording's page (resources/recording-page/page.css); white and black on paper.
constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --window: #f6f7f9; --surface: #fcfcfd; --border: #e1e5ea; --text: #15191f;
  --muted: #505a67; --accent: #2360d8; --user: #e8eef8; --code: #eef0f3; --warning: #855800; --warning-soft: #fff3d3; }
@media (prefers-color-scheme: dark) {
  :root { --window: #0f1216; --surface: #14181d; --border: #252b33; --text: #e7ebf0; --muted: #a3aeba;
    --accent: #6ba4ff; --user: #1f2732; --code: #1b2027; --warning: #f2bd55; --warning-soft: #322912; }
}
* { box-sizing: border-box; }
body { max-width: 820px; margin: 0 auto; padding: 24px 20px 48px; background: var(--window); color: var(--text);
  font: 15px/1.6 Inter, system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 4px; }
h2 { font-size: 13px; margin: 0 0 6px; color: var(--muted); font-weight: 600; }
h1, h2, p, li { overflow-wrap: anywhere; unicode-bidi: isolate; }
.facts { color: var(--muted); font-size: 13px; margin: 0 0 20px; }
.badge { display: inline-block; padding: 0 8px; border-radius: 4px; font-size: 12px; font-weight: 600;
  color: var(--warning); background: var(--warning-soft); }
article { margin: 0 0 14px; padding: 12px 16px; border: 1px solid var(--border); border-radius: 10px; background: var(--surface); }
article.user { background: var(--user); border-color: transparent; }
article p { margin: 0; white-space: pre-wrap; }
article p + pre, pre + p, pre + pre { margin-top: 10px; }
pre { margin: 0; padding: 10px 12px; overflow-x: auto; border-radius: 6px; background: var(--code); unicode-bidi: isolate;
  font: 13px/1.5 "JetBrains Mono", "DejaVu Sans Mono", monospace; tab-size: 4; }
a { color: var(--accent); }
a:focus-visible, pre:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
@media print {
  :root { --window: #fff; --surface: #fff; --text: #000; --muted: #333; --accent: #000; --border: #999; --user: #fff; --code: #fff;
    --warning: #000; --warning-soft: #fff; }
  body { max-width: none; padding: 0; font-size: 11pt; }
  article, article.user { border: 1px solid #999; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #999; }
  h2 { break-after: avoid; }
}
)css";

/// Text as it may stand in an element or an attribute. Controls are shown as U+FFFD.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : replaceInvalidUtf8(text)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
            out += fmt::format("&#{};", static_cast<int>(c));
        else if ((byte < ' ' && c != '\n' && c != '\t') || byte == 0x7f)
            out += c == '\r' ? std::string_view() : kReplacementCharacter;
        else
            out += c;
    }
    return out;
}

std::string escapedLine(std::string_view text) {
    return escaped(shownText(text, kWholeText));
}

/// Paragraphs and blocks of code, of a text in which both are lines.
class Blocks {
  public:
    void add(std::string_view line) {
        switch (fences_.read(line)) {
            case CodeFences::Line::Opens:
                close();
                break;
            case CodeFences::Line::Closes:
                closeCode();
                break;
            default:
                text_ += line;
                text_ += '\n';
        }
    }

    std::string html() {
        if (fences_.open())
            closeCode();
        else
            close();
        return std::move(html_);
    }

  private:
    void close() {
        const auto begin = text_.find_first_not_of('\n');
        const auto end = text_.find_last_not_of("\n ");
        if (begin != std::string::npos && end != std::string::npos && begin <= end)
            html_ += fmt::format("<p>{}</p>\n", escaped(text_.substr(begin, end - begin + 1)));
        text_.clear();
    }

    void closeCode() {
        html_ += fmt::format("<pre tabindex=\"0\"><code>{}</code></pre>\n", escaped(text_));
        text_.clear();
    }

    CodeFences fences_;
    std::string text_;
    std::string html_;
};

/// What a person wrote is no Markdown.
std::string bodyOf(const Message& message) {
    if (message.role == Role::User) return fmt::format("<p>{}</p>\n", escaped(message.text));
    Blocks blocks;
    for (std::size_t at = 0; at <= message.text.size();) {
        const std::size_t end = std::min(message.text.find('\n', at), message.text.size());
        blocks.add(std::string_view(message.text).substr(at, end - at));
        at = end + 1;
    }
    return blocks.html();
}

std::string headingOf(const ChatEntry& entry, Versions versions) {
    std::string heading = entry.message->role == Role::User ? "User" : "Assistant";
    if (versions == Versions::Shown) return heading;
    heading += fmt::format(" · message {}", entry.number);
    if (entry.versions > 1)
        heading += fmt::format(" · version {} of {}", entry.version, entry.versions);
    if (entry.follows > 0)
        heading += fmt::format(" · after <a href=\"#m{0}\">message {0}</a>", entry.follows);
    return heading;
}

std::string articleOf(const ChatEntry& entry, Versions versions) {
    const Message& message = *entry.message;
    std::string badges;
    for (const std::string& remark : remarksOn(message))
        badges += fmt::format(" <span class=\"badge\">{}</span>", escapedLine(remark));
    return fmt::format("<article id=\"m{}\" class=\"{}\">\n<h2>{}{}</h2>\n{}</article>\n",
                       entry.number,
                       message.role == Role::User ? "user" : "assistant",
                       headingOf(entry, versions),
                       badges,
                       bodyOf(message));
}

std::string factsOf(const Recording& recording) {
    const auto& conversation = recording.conversation;
    const std::string& name =
        conversation.facts.name.empty() ? conversation.model : conversation.facts.name;
    std::string facts;
    if (conversation.facts.synthetic) facts += "<span class=\"badge\">Synthetic</span> ";
    if (!name.empty()) facts += escapedLine(name) + " · ";
    return facts + "exported from " + escapedLine(recording.origin.application);
}

}  // namespace

std::string chatPage(const Recording& recording, MessageId leaf, Versions versions) {
    const auto& conversation = recording.conversation;
    const std::string title = escapedLine(conversation.title);
    std::string page = fmt::format(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n"
        "<p class=\"facts\">{2}</p>\n<main>\n",
        title,
        kStyle,
        factsOf(recording));
    if (!conversation.systemText.empty())
        page += fmt::format("<article class=\"system\">\n<h2>System</h2>\n<p>{}</p>\n</article>\n",
                            escaped(conversation.systemText));
    for (const ChatEntry& entry : chatEntries(recording.messages, leaf, versions))
        page += articleOf(entry, versions);
    return page + "</main>\n</body>\n</html>\n";
}

}  // namespace gatescope
