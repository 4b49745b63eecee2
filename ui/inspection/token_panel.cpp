#include "ui/inspection/token_panel.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <array>

#include "ui/chat/eliding_label.h"
#include "ui/chat/visible_text.h"
#include "ui/docks/flow_layout.h"
#include "ui/language/number_text.h"
#include "ui/provenance_badge.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kMostTokensOfHead = 200;  // rows; the rest of a long text has next to no weight

}  // namespace

TokenPanel::TokenPanel(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      bridge_(context.bridge),
      selection_(context.selection),
      theme_(context.theme) {
    setObjectName(QStringLiteral("tokenPanel"));
    auto* outside = new QVBoxLayout(this);
    outside->setContentsMargins(0, 0, 0, 0);
    auto* scroll = new QScrollArea;  // on a small screen the dock is lower than what is in it
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);  // what is in it has the keys
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* content = new QWidget;
    scroll->setWidget(content);
    outside->addWidget(scroll);
    auto* layout = new QVBoxLayout(content);
    const int edge = theme_.space(3);
    layout->setContentsMargins(edge, theme_.space(2), edge, theme_.space(2));
    layout->setSpacing(theme_.space(2));
    layout->addWidget(makeHead());
    layout->addWidget(makePages());
    layout->addWidget(contributionChoice_ = makeContributionChoice());
    layout->addWidget(headChoice_ = makeHeadChoice());
    line_ = new ElidingLabel;
    line_->setProperty("kind", QStringLiteral("muted"));
    line_->setObjectName(QStringLiteral("tokenLine"));
    layout->addWidget(line_);
    table_ = new BarTable(theme_);
    table_->setObjectName(QStringLiteral("tokenTable"));
    table_->setMinimumHeight(theme_.space(30));
    empty_ = new QLabel;
    empty_->setProperty("kind", QStringLiteral("faint"));
    empty_->setAlignment(Qt::AlignTop | Qt::AlignHCenter);  // in sight in a low dock, too
    empty_->setWordWrap(true);
    empty_->setMargin(theme_.space(2));
    stack_ = new QStackedWidget;
    stack_->addWidget(empty_);
    stack_->addWidget(table_);
    layout->addWidget(stack_, 1);
    wire();
    refresh();
}

QWidget* TokenPanel::makeHead() {
    auto* box = new QWidget;
    auto* lines = new QVBoxLayout(box);  // the text has a line of its own: the dock may be narrow
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(theme_.space(1));
    auto* layout = new QHBoxLayout;
    title_ = new ElidingLabel;
    title_->setProperty("kind", QStringLiteral("muted"));
    title_->setObjectName(QStringLiteral("tokenTitle"));
    badge_ = new ProvenanceBadge;
    follow_ = new QCheckBox(tr("Follow"));
    follow_->setObjectName(QStringLiteral("followTokens"));
    follow_->setToolTip(tr("Look into each token that is picked; a step of the model each time"));
    look_ = new QPushButton(tr("Look inside"));
    look_->setObjectName(QStringLiteral("lookInside"));
    lines->addWidget(title_);
    layout->addWidget(look_);
    layout->addWidget(follow_);
    layout->addStretch(1);
    layout->addWidget(badge_, 0, Qt::AlignVCenter);
    lines->addLayout(layout);
    return box;
}

QWidget* TokenPanel::makePages() {
    auto* row = new QWidget;
    auto* layout = new FlowLayout(theme_.space(1), row);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* segments = new QFrame;
    segments->setProperty("kind", QStringLiteral("segments"));
    auto* inside = new QHBoxLayout(segments);
    inside->setContentsMargins(2, 2, 2, 2);
    inside->setSpacing(2);
    pages_ = new QButtonGroup(this);
    const std::array titles{tr("Words"), tr("Lens"), tr("Who"), tr("Attention")};
    const std::array hints{
        tr("The likeliest words, and the one that was taken"),
        tr("What the model would say if it ended behind each layer (logit lens)"),
        tr("What each expert and each attention added to a word's logit"),
        tr("How much one head looked at each token before")};
    for (std::size_t i = 0; i < titles.size(); ++i) {
        auto* button = new QToolButton;
        button->setProperty("kind", QStringLiteral("segment"));
        button->setText(titles[i]);
        button->setToolTip(hints[i]);
        button->setCheckable(true);
        pages_->addButton(button, static_cast<int>(i));
        inside->addWidget(button);
    }
    pages_->button(0)->setChecked(true);
    layout->addWidget(segments);
    return row;
}

QWidget* TokenPanel::makeContributionChoice() {
    auto* row = new QWidget;
    auto* layout = new FlowLayout(theme_.space(2), row);
    layout->setContentsMargins(0, 0, 0, 0);
    word_ = new QComboBox;
    word_->setAccessibleName(tr("Word whose logit is taken apart"));
    word_->setToolTip(word_->accessibleName());
    against_ = new QComboBox;
    against_->setAccessibleName(tr("Measured against"));
    against_->setToolTip(
        tr("The logit itself, or what is left of it against the average word, or against another "
           "word: what decided between the two"));
    for (QComboBox* box : {word_, against_}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        layout->addWidget(box);
    }
    return row;
}

QWidget* TokenPanel::makeHeadChoice() {
    auto* row = new QWidget;
    auto* layout = new FlowLayout(theme_.space(2), row);
    layout->setContentsMargins(0, 0, 0, 0);
    layer_ = new QSpinBox;
    layer_->setPrefix(tr("layer "));
    layer_->setAccessibleName(tr("Layer of the head"));
    head_ = new QSpinBox;
    head_->setPrefix(tr("head "));
    head_->setAccessibleName(tr("Query head"));
    for (QSpinBox* box : {layer_, head_}) {
        box->setKeyboardTracking(false);  // each change is a step of the model
        layout->addWidget(box);
    }
    return row;
}

void TokenPanel::wire() {
    connect(look_, &QPushButton::clicked, this, [this] {
        if (bridge_.session().inspecting())
            bridge_.session().stopInspecting();
        else
            look();
    });
    connect(follow_, &QCheckBox::toggled, this, &TokenPanel::followIfAsked);
    connect(&selection_, &Selection::tokenSelected, this, [this] {
        followIfAsked();
        refreshHead();
    });
    connect(&bridge_, &EngineBridge::inspectionReady, this, &TokenPanel::take);
    connect(&bridge_, &EngineBridge::inspectionStopped, this, &TokenPanel::refreshHead);
    connect(&bridge_, &EngineBridge::branchOpened, this, &TokenPanel::forget);
    connect(&bridge_, &EngineBridge::traceGrew, this, [this](int firstToken) {
        if (firstToken <= token_) forget();
    });
    for (auto signal : {&EngineBridge::generationBegan,
                        &EngineBridge::modelReady,
                        &EngineBridge::modelUsableAlready,
                        &EngineBridge::modelGone})
        connect(&bridge_, signal, this, &TokenPanel::refreshHead);
    connect(&bridge_, &EngineBridge::generationEnded, this, [this] { refreshHead(); });
    connect(pages_, &QButtonGroup::idClicked, this, [this](int id) {
        showPage(static_cast<Page>(id));
    });
    for (QComboBox* box : {word_, against_})
        connect(box, &QComboBox::currentIndexChanged, this, &TokenPanel::refreshTable);
    for (QSpinBox* box : {layer_, head_})
        connect(box, &QSpinBox::valueChanged, this, [this] {
            if (found_ != nullptr && pageIs(Page::Attention)) look();
        });
    connect(table_, &BarTable::rowPicked, this, &TokenPanel::pickRow);
}

/// The token picked; with none, the newest.
std::optional<int> TokenPanel::wantedToken() const {
    const int size = bridge_.session().traceSize();
    const int token = selection_.token().value_or(size - 1);
    if (token < 1 || token >= size) return std::nullopt;
    return token;
}

std::optional<AttentionHead> TokenPanel::wantedHead() const {
    if (!pageIs(Page::Attention)) return std::nullopt;
    return AttentionHead{layer_->value(), head_->value()};
}

void TokenPanel::look() {
    const auto token = wantedToken();
    if (!token) return;
    bridge_.run(
        [&](ChatSession& session) { session.inspectToken(*token, {.attention = wantedHead()}); });
    refreshHead();
}

void TokenPanel::look(AttentionHead head) {
    page_ = Page::Attention;
    pages_->button(static_cast<int>(page_))->setChecked(true);
    const QSignalBlocker quietLayer(layer_);
    const QSignalBlocker quietHead(head_);
    layer_->setMaximum(std::max(layer_->maximum(), head.layer));
    head_->setMaximum(std::max(head_->maximum(), head.head));
    layer_->setValue(head.layer);
    head_->setValue(head.head);
    look();
}

void TokenPanel::followIfAsked() {
    if (!follow_->isChecked() || !isVisible() || bridge_.session().generating()) return;
    const auto token = wantedToken();
    if (token && *token != token_) look();
}

void TokenPanel::take(int token, const TokenInspectionPtr& found) {
    token_ = token;
    found_ = found;
    refresh();
}

void TokenPanel::forget() {
    token_ = -1;
    found_ = nullptr;
    refresh();
}

void TokenPanel::showPage(Page page) {
    page_ = page;
    pages_->button(static_cast<int>(page))->setChecked(true);
    // A head is not asked for before somebody wants to see it.
    if (found_ != nullptr && pageIs(Page::Attention) && found_->attention.empty()) look();
    refreshTable();
}

void TokenPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    refresh();
    followIfAsked();
}

void TokenPanel::refresh() {
    if (!isVisible()) return;  // showEvent asks again
    refreshWords();
    refreshHead();
    refreshTable();
}

void TokenPanel::refreshHead() {
    const ChatSession& session = bridge_.session();
    const auto token = found_ != nullptr ? std::optional(token_) : wantedToken();
    QString title;
    if (token && *token < session.traceSize()) {
        const auto text = [&](int index) {
            return visibleLine(QString::fromStdString(session.traceToken(index).text));
        };
        title = tr("token %1 “%2”, behind “%3”").arg(*token).arg(text(*token), text(*token - 1));
    }
    title_->setText(title);
    title_->setToolTip(title);
    badge_->showFor(session);
    if (found_ == nullptr) badge_->hide();
    look_->setText(session.inspecting() ? tr("Stop") : tr("Look inside"));
    look_->setEnabled(session.inspecting() ||
                      (wantedToken() && session.model() && !session.generating()));
    const auto model = session.model();
    if (model) {
        layer_->setMaximum(model->config.numLayers - 1);
        head_->setMaximum(model->config.numQHeads - 1);
    }
    empty_->setText(
        session.traceSize() < 2 ? tr("No token yet. Send a message, then pick one of its tokens.")
        : !model ? tr("What happened inside a token is computed anew, which takes the model: open "
                      "it first.")
                 : tr("Pick a token and look inside: the words the model weighed, what each layer "
                      "would have said, which expert added what to the word, and where a head "
                      "looked.\nThis takes one step of the model, and nothing while you do not "
                      "ask."));
}

void TokenPanel::refreshWords() {
    const QSignalBlocker quietWord(word_);
    const QSignalBlocker quietAgainst(against_);
    word_->clear();
    against_->clear();
    if (found_ == nullptr) return;
    against_->addItem(tr("against nothing: the logit"));
    against_->addItem(tr("against the average word"));
    for (const WordChance& word : found_->words) {
        word_->addItem(tr("to “%1”").arg(textOf(word.token)));
        against_->addItem(tr("against “%1”").arg(textOf(word.token)));
    }
    word_->setCurrentIndex(found_->chosen.value_or(0));
    against_->setCurrentIndex(1);
}

void TokenPanel::refreshTable() {
    contributionChoice_->setVisible(found_ != nullptr && pageIs(Page::Contributions));
    headChoice_->setVisible(pageIs(Page::Attention));
    stack_->setCurrentWidget(found_ == nullptr ? static_cast<QWidget*>(empty_) : table_);
    line_->clear();
    if (found_ == nullptr) return table_->clear();
    const auto text = [this](TokenId token) { return textOf(token); };
    InspectionTable shown;
    switch (page_) {
        case Page::Words:
            shown = wordsTable(*found_, text);
            if (found_->chosen) {
                const auto& word = found_->words[static_cast<std::size_t>(*found_->chosen)];
                line_->setText(tr("“%1” was taken: rank %2, p %3 at temperature 1")
                                   .arg(textOf(word.token))
                                   .arg(word.rank + 1)
                                   .arg(probabilityText(word)));
            }
            break;
        case Page::Lens:
            shown = lensTable(*found_, text);
            line_->setText(tr("Marked: layers behind which the word taken is the likeliest"));
            break;
        case Page::Contributions: {
            const auto word = static_cast<std::size_t>(std::max(0, word_->currentIndex()));
            const int chosen = std::max(0, against_->currentIndex());
            const auto against = static_cast<Against>(std::min(chosen, 2));
            const auto other = static_cast<std::size_t>(std::max(0, chosen - 2));
            shown = contributionsTable(*found_, word, against, other);
            line_->setText(
                tr("%1 parts add up to %2 (final norm frozen)")
                    .arg(found_->parts.size())
                    .arg(numberText(contributionSum(*found_, word, against, other), 'f', 3)));
            break;
        }
        case Page::Attention:
            shown = attentionTable(*found_, bridge_.session(), kMostTokensOfHead);
            if (const auto& head = found_->attentionHead)
                line_->setText(tr("Layer %1, head %2: weights of %3 tokens, sum 1")
                                   .arg(head->layer)
                                   .arg(head->head)
                                   .arg(found_->attention.size()));
            break;
    }
    table_->setAccessibleName(pages_->button(static_cast<int>(page_))->toolTip());
    table_->setRows(shown.columns, shown.rows);
}

void TokenPanel::pickRow(int key) {
    if (found_ == nullptr || key < 0) return;
    if (pageIs(Page::Attention)) return selection_.selectToken(key);
    if (pageIs(Page::Words)) {
        word_->setCurrentIndex(key);
        return showPage(Page::Contributions);
    }
    if (!pageIs(Page::Contributions)) return;
    const ResidualPart& part = found_->parts[static_cast<std::size_t>(key)];
    if (part.source == ResidualPart::Source::Expert)
        selection_.selectSite(ExpertSite{LayerId{part.layer}, ExpertId{part.expert}});
}

QString TokenPanel::textOf(TokenId token) const {
    const QString text = visibleLine(QString::fromStdString(bridge_.session().tokenText(token)));
    return text.isEmpty() ? tr("id %1").arg(token) : text;
}

QString TokenPanel::sumLine() const {
    return line_->text();
}

}  // namespace gatescope
