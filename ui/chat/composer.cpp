#include "ui/chat/composer.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QTextBlock>
#include <QTextLayout>
#include <QToolButton>
#include <algorithm>

#include "engine/chat/prompt_template.h"
#include "ui/chat/fit_to_current.h"
#include "ui/chat/reply_settings.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kMinLines = 2;
constexpr int kMaxLines = 10;

}  // namespace

// ---------------------------------------------------------------- the field

GrowingTextEdit::GrowingTextEdit(QWidget* parent) : QPlainTextEdit(parent) {
    setFrameShape(QFrame::NoFrame);
    setTabChangesFocus(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    document()->setDocumentMargin(2);
    connect(this, &QPlainTextEdit::textChanged, this, &GrowingTextEdit::fitHeight);
}

void GrowingTextEdit::setRoom(int pixels) {
    if (room_ == pixels) return;
    room_ = pixels;
    fitHeight();
}

void GrowingTextEdit::fitHeight() {
    const int maxLines =
        std::clamp(room_ / QFontMetrics(font()).lineSpacing(), kMinLines, kMaxLines);
    int lines = 0;
    for (QTextBlock block = document()->begin(); block.isValid() && lines <= maxLines;
         block = block.next()) {
        document()->documentLayout()->blockBoundingRect(block);  // lays the block out
        lines += std::max(1, block.layout()->lineCount());
    }
    const int shown = std::clamp(lines, 1, maxLines);
    setVerticalScrollBarPolicy(lines > maxLines ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    const int margins = 2 * static_cast<int>(document()->documentMargin());
    setFixedHeight(shown * QFontMetrics(font()).lineSpacing() + margins + 2);
}

void GrowingTextEdit::keyPressEvent(QKeyEvent* event) {
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && !(event->modifiers() & Qt::ShiftModifier)) {
        Q_EMIT submitted();
    } else if (event->key() == Qt::Key_Escape) {
        Q_EMIT cancelled();
    } else {
        QPlainTextEdit::keyPressEvent(event);
    }
}

void GrowingTextEdit::resizeEvent(QResizeEvent* event) {
    QPlainTextEdit::resizeEvent(event);
    if (event->size().width() != event->oldSize().width()) fitHeight();
}

// ---------------------------------------------------------------- the composer

Composer::Composer(EngineBridge& bridge, Theme& theme, QWidget* parent)
    : QFrame(parent), bridge_(bridge), theme_(theme) {
    build(theme);
    connect(edit_, &GrowingTextEdit::submitted, this, &Composer::submit);
    connect(edit_, &GrowingTextEdit::cancelled, this, [this] {
        if (bridge_.session().generating())
            bridge_.run([](ChatSession& s) { s.stop(); });
        else
            cancelEdit();
    });
    connect(edit_, &QPlainTextEdit::textChanged, this, &Composer::refresh);
    connect(edit_, &QPlainTextEdit::textChanged, this, &Composer::textEdited);
    connect(send_, &QToolButton::clicked, this, &Composer::submit);
    connect(stop_, &QToolButton::clicked, this, [this] {
        bridge_.run([](ChatSession& s) { s.stop(); });
    });
    connect(template_, &QComboBox::activated, this, &Composer::chooseTemplate);
    connect(settingsButton_, &QToolButton::clicked, this, &Composer::showSettings);
    for (auto signal : {&EngineBridge::modelUsableAlready,
                        &EngineBridge::modelLoadWasCancelled,
                        &EngineBridge::branchOpened,
                        &EngineBridge::generationBegan})
        connect(&bridge_, signal, this, &Composer::refresh);
    connect(&bridge_, &EngineBridge::generationEnded, this, &Composer::refresh);
    connect(&bridge_, &EngineBridge::errorOccurred, this, &Composer::refresh);
    connect(&bridge_, &EngineBridge::branchOpened, this, &Composer::cancelEdit);
    connect(&theme_, &Theme::changed, this, &Composer::applyFonts);
    applyFonts();
    refresh();
}

void Composer::build(Theme& theme) {
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(6);
    editLabel_ = new QLabel;
    editLabel_->setProperty("kind", QStringLiteral("badge-warning"));
    editLabel_->hide();
    outer->addWidget(editLabel_, 0, Qt::AlignLeft);

    frame_ = new QFrame;
    frame_->setProperty("kind", QStringLiteral("composer"));
    outer->addWidget(frame_);
    auto* column = new QVBoxLayout(frame_);
    column->setContentsMargins(14, 12, 8, 8);
    column->setSpacing(6);

    edit_ = new GrowingTextEdit;
    edit_->setObjectName(QStringLiteral("composerText"));
    edit_->setAccessibleName(tr("Message"));
    edit_->setPlaceholderText(tr("Write a message…"));
    edit_->installEventFilter(this);
    column->addWidget(edit_);

    auto* row = new QHBoxLayout;
    row->setSpacing(4);
    template_ = new QComboBox;
    template_->setAccessibleName(tr("Prompt template"));
    template_->setObjectName(QStringLiteral("templateChoice"));
    for (const PromptTemplate& t : promptTemplates()) {
        template_->addItem(QString::fromStdString(t.title), QString::fromStdString(t.name));
        template_->setItemData(
            template_->count() - 1, QString::fromStdString(t.description), Qt::ToolTipRole);
    }
    template_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    row->addWidget(template_);
    settingsButton_ = new QToolButton;
    settingsButton_->setIcon(theme.icon(QStringLiteral("settings")));
    settingsButton_->setToolTip(tr("How replies are drawn: temperature, top-p, seed… (Ctrl+,)"));
    settingsButton_->setAccessibleName(tr("Reply settings"));
    row->addWidget(settingsButton_);
    row->addStretch();
    send_ = new QToolButton;
    send_->setProperty("kind", QStringLiteral("send"));
    send_->setIcon(theme.icon(QStringLiteral("send"), ColorRole::OnAccent));
    send_->setToolTip(tr("Send (Enter)"));
    send_->setAccessibleName(tr("Send"));
    send_->setObjectName(QStringLiteral("sendButton"));
    row->addWidget(send_);
    stop_ = new QToolButton;
    stop_->setProperty("kind", QStringLiteral("stop"));
    stop_->setIcon(theme.icon(QStringLiteral("stop"), ColorRole::Window));
    stop_->setToolTip(tr("Stop (Esc)"));
    stop_->setAccessibleName(tr("Stop"));
    stop_->setObjectName(QStringLiteral("stopButton"));
    row->addWidget(stop_);
    column->addLayout(row);

    explanation_ = new QLabel;
    explanation_->setProperty("kind", QStringLiteral("faint"));
    explanation_->setAlignment(Qt::AlignHCenter);
    explanation_->setWordWrap(true);
    outer->addWidget(explanation_);

    settings_ = new ReplySettings(bridge_, theme, this);
}

void Composer::applyFonts() {
    edit_->setFont(theme_.font(FontRole::Reading));
    edit_->document()->setDefaultFont(theme_.font(FontRole::Reading));
    edit_->fitHeight();
    QFont light = theme_.font(FontRole::Tiny);
    light.setWeight(QFont::Normal);
    explanation_->setFont(light);
    fitToCurrent(*template_, theme_);
    editLabel_->setFont(theme_.font(FontRole::Tiny));
}

bool Composer::eventFilter(QObject* watched, QEvent* event) {
    if (watched == edit_ &&
        (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)) {
        frame_->setProperty("active", event->type() == QEvent::FocusIn);
        frame_->style()->unpolish(frame_);
        frame_->style()->polish(frame_);
        if (event->type() == QEvent::FocusOut) Q_EMIT fieldLeft();
    }
    return QFrame::eventFilter(watched, event);
}

QString Composer::text() const {
    return edit_->toPlainText();
}

void Composer::setText(const QString& text) {
    edit_->setPlainText(text);
    edit_->moveCursor(QTextCursor::End);
}

void Composer::focusText() {
    edit_->setFocus(Qt::OtherFocusReason);
}

bool Composer::submit() {
    const std::string message = text().toStdString();
    const int editing = editing_;
    bool accepted = false;
    bridge_.run([&](ChatSession& session) {
        if (editing >= 0)
            session.edit(editing, message);
        else
            session.send(message);
        accepted = true;
    });
    if (accepted) {
        cancelEdit();
        edit_->clear();
    }
    return accepted;
}

void Composer::beginEdit(int index) {
    const auto& messages = bridge_.session().messages();
    if (index < 0 || index >= static_cast<int>(messages.size())) return;
    const Message& message = messages[static_cast<std::size_t>(index)];
    editing_ = index;
    const QString text = QString::fromStdString(message.text);
    setText(message.role == Role::User ? text : text.trimmed());
    editLabel_->setText(message.role == Role::User
                            ? tr("Editing your message: sending makes a new branch, the old one is "
                                 "kept. Esc cancels.")
                            : tr("Editing a reply: sending keeps yours beside it and asks nothing. "
                                 "Esc cancels."));
    editLabel_->show();
    focusText();
}

void Composer::beginEditOfLast() {
    const auto& messages = bridge_.session().messages();
    for (int i = static_cast<int>(messages.size()) - 1; i >= 0; --i)
        if (messages[static_cast<std::size_t>(i)].role == Role::User) return beginEdit(i);
}

void Composer::cancelEdit() {
    if (editing_ < 0) return;
    editing_ = -1;
    editLabel_->hide();
    edit_->clear();
}

void Composer::chooseTemplate(int row) {
    const std::string name = template_->itemData(row).toString().toStdString();
    bridge_.run([&](ChatSession& session) { session.setTemplate(name); });
    refresh();
}

void Composer::showSettings() {
    settings_->adjustSize();
    const QPoint corner = settingsButton_->mapToGlobal(QPoint(0, 0));
    settings_->move(corner.x(), corner.y() - settings_->height() - 6);
    settings_->show();
    settings_->setFocus();
}

void Composer::refresh() {
    const ChatSession& session = bridge_.session();
    const bool busy = session.generating();
    const bool hasText = !edit_->document()->isEmpty();
    send_->setVisible(!busy);
    stop_->setVisible(busy);
    send_->setEnabled(hasText && session.canTalk());
    const int row = template_->findData(QString::fromStdString(session.templateName()));
    template_->setCurrentIndex(row);
    fitToCurrent(*template_, theme_);
    if (row >= 0)
        explanation_->setText(tr("A base model continues text. %1")
                                  .arg(template_->itemData(row, Qt::ToolTipRole).toString()));
    settings_->refresh();
}

}  // namespace gatescope
