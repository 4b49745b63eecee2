#include "ui/composing/prompt_preview.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QTextCursor>
#include <QTextEdit>
#include <QVBoxLayout>

#include "engine/tokenizer/tokenizer.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

/// What is laid out and encoded in a few milliseconds.
constexpr std::size_t kMostShown = 16000;  ///< bytes

/// The last `most` bytes of `text`, whole characters.
std::string endOf(const std::string& text, std::size_t most) {
    if (text.size() <= most) return text;
    std::size_t begin = text.size() - most;
    while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U)
        ++begin;
    return "…" + text.substr(begin);
}

std::size_t bytesOf(const PromptPieces& pieces) {
    std::size_t bytes = 0;
    for (const PromptPiece& piece : pieces) bytes += piece.text.size();
    return bytes;
}

}  // namespace

PromptPreview::PromptPreview(const Theme& theme) : theme_(theme) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    auto* head = new QHBoxLayout;
    legend_ = new QLabel;
    legend_->setTextFormat(Qt::RichText);
    head->addWidget(legend_, 1);
    tokens_ = new QCheckBox(tr("Token by token"));
    tokens_->setObjectName(QStringLiteral("previewTokens"));
    head->addWidget(tokens_);
    column->addLayout(head);
    view_ = new QTextEdit;
    view_->setProperty("kind", QStringLiteral("field"));
    view_->setReadOnly(true);
    view_->setAcceptRichText(false);
    view_->setAccessibleName(tr("The prompt as the model reads it"));
    view_->setObjectName(QStringLiteral("promptPreview"));
    QTextOption visibleBlanks = view_->document()->defaultTextOption();
    visibleBlanks.setFlags(QTextOption::ShowTabsAndSpaces |
                           QTextOption::ShowLineAndParagraphSeparators);
    visibleBlanks.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    view_->document()->setDefaultTextOption(visibleBlanks);
    column->addWidget(view_, 1);
    summary_ = new QLabel;
    summary_->setProperty("kind", QStringLiteral("muted"));
    summary_->setTextFormat(Qt::PlainText);
    summary_->setWordWrap(true);
    column->addWidget(summary_);
    connect(tokens_, &QCheckBox::toggled, this, &PromptPreview::redraw);
    connect(&theme_, &Theme::changed, this, &PromptPreview::redraw);
    buildLegend();
}

void PromptPreview::buildLegend() {
    const auto entry = [this](PromptPiece::Source source, const QString& text) {
        return QStringLiteral("<span style='background:%1'>&nbsp;%2&nbsp;</span>")
            .arg(ground(source, false).name(), text.toHtmlEscaped());
    };
    using enum PromptPiece::Source;
    legend_->setText(QStringList{entry(Template, tr("template")),
                                 entry(System, tr("system text")),
                                 entry(User, tr("yours")),
                                 entry(Reply, tr("the model's"))}
                         .join(QStringLiteral("&nbsp;&nbsp;")));
    legend_->setFont(theme_.font(FontRole::Small));
}

void PromptPreview::show(std::vector<PromptPieces> prompt,
                         std::shared_ptr<const Tokenizer> tokenizer) {
    prompt_ = std::move(prompt);
    tokenizer_ = std::move(tokenizer);
    hidden_ = prompt_.size();
    for (std::size_t bytes = 0; hidden_ > 0; --hidden_) {
        bytes += bytesOf(prompt_[hidden_ - 1]);
        if (bytes > kMostShown && hidden_ < prompt_.size()) break;
    }
    tokens_->setEnabled(tokenizer_ != nullptr);
    redraw();
}

void PromptPreview::showTokens(bool on) {
    tokens_->setChecked(on);
}

std::vector<PromptPreview::Shown> PromptPreview::asPieces() const {
    std::vector<Shown> shown;
    for (std::size_t i = hidden_; i < prompt_.size(); ++i)
        for (const PromptPiece& piece : prompt_[i])
            shown.push_back({piece.source, QString::fromStdString(endOf(piece.text, kMostShown))});
    return shown;
}

/// A token that begins in a stretch is of that stretch.
std::vector<PromptPreview::Shown> PromptPreview::asTokens() const {
    std::vector<Shown> shown;
    for (std::size_t i = hidden_; i < prompt_.size(); ++i) {
        const std::string text = endOf(textOf(prompt_[i]), kMostShown);
        const bool first = i == 0;
        StreamDecoder decoder(tokenizer_, first);
        std::size_t piece = 0;
        std::size_t end = prompt_[i].front().text.size();
        std::size_t at = 0;
        for (const TokenId id :
             first ? tokenizer_->encode(text) : tokenizer_->encodeContinuation(text)) {
            while (at >= end && piece + 1 < prompt_[i].size())
                end += prompt_[i][++piece].text.size();
            const std::string word = decoder.next(id);
            shown.push_back({prompt_[i][piece].source, QString::fromStdString(word), id});
            at += word.size();
        }
    }
    return shown;
}

QColor PromptPreview::ground(PromptPiece::Source source, bool odd) const {
    const auto role = [source] {
        switch (source) {
            case PromptPiece::Source::Template:
                return ColorRole::Hover;
            case PromptPiece::Source::System:
                return ColorRole::WarningSoft;
            case PromptPiece::Source::User:
                return ColorRole::AccentSoft;
            case PromptPiece::Source::Reply:
                break;
        }
        return ColorRole::Sunken;
    }();
    const QColor color = theme_.color(role);
    if (!odd) return color;
    return theme_.isDark() ? color.lighter(140) : color.darker(108);
}

void PromptPreview::redraw() {
    buildLegend();
    const bool byToken = tokens_->isChecked() && tokenizer_ != nullptr;
    const auto known = tokenizer_ ? asTokens() : std::vector<Shown>();
    const auto pieces = asPieces();
    const int scroll = view_->verticalScrollBar()->value();
    const bool atEnd = scroll == view_->verticalScrollBar()->maximum();
    view_->clear();
    QTextCursor cursor(view_->document());
    cursor.beginEditBlock();
    QTextCharFormat words;
    words.setFont(theme_.font(FontRole::Mono));
    QTextCharFormat ids;
    ids.setFont(theme_.font(FontRole::Tiny));
    ids.setForeground(theme_.color(ColorRole::TextFaint));
    ids.setVerticalAlignment(QTextCharFormat::AlignSuperScript);
    bool odd = false;
    for (const Shown& part : byToken ? known : pieces) {
        words.setBackground(ground(part.source, byToken && odd));
        words.setForeground(theme_.color(
            part.source == PromptPiece::Source::Template ? ColorRole::TextMuted : ColorRole::Text));
        cursor.insertText(part.text, words);
        ids.setBackground(words.background());
        if (part.token >= 0) cursor.insertText(QString::number(part.token), ids);
        odd = !odd;
    }
    cursor.endEditBlock();
    view_->verticalScrollBar()->setValue(atEnd ? view_->verticalScrollBar()->maximum() : scroll);

    QStringList said;
    if (tokenizer_)
        said << (known.size() == 1 ? tr("1 token") : tr("%1 tokens").arg(known.size()));
    else
        said << tr("Open a model to see the tokens");
    if (hidden_ > 0)
        said << (hidden_ == 1 ? tr("1 message before these is not shown")
                              : tr("%1 messages before these are not shown").arg(hidden_));
    summary_->setText(said.join(QStringLiteral(" · ")));
}

QString PromptPreview::text() const {
    QString text;
    for (const Shown& part : asPieces()) text += part.text;
    return text;
}

QString PromptPreview::summary() const {
    return summary_->text();
}

}  // namespace gatescope
