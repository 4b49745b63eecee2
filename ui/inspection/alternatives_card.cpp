#include "ui/inspection/alternatives_card.h"

#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QScreen>
#include <QVBoxLayout>
#include <cmath>

#include "ui/chat/alternatives_text.h"
#include "ui/engine_bridge.h"
#include "ui/inspection/bar_table.h"
#include "ui/theme/theme.h"

namespace gatescope {

AlternativesCard::AlternativesCard(const ViewContext& context, QWidget* parent)
    : QFrame(parent, Qt::Popup), bridge_(context.bridge), theme_(context.theme) {
    setObjectName(QStringLiteral("alternativesCard"));
    setProperty("kind", QStringLiteral("toast"));
    auto* layout = new QVBoxLayout(this);
    const int edge = theme_.space(3);
    layout->setContentsMargins(edge, edge, edge, edge);
    layout->setSpacing(theme_.space(2));
    line_ = new QLabel;
    line_->setWordWrap(true);
    table_ = new BarTable(theme_);
    table_->setAccessibleName(tr("Alternatives of the token, the likeliest first"));
    hint_ = new QLabel;
    hint_->setWordWrap(true);
    hint_->setProperty("kind", QStringLiteral("faint"));
    layout->addWidget(line_);
    layout->addWidget(table_, 1);
    layout->addWidget(hint_);
    connect(table_, &BarTable::rowPicked, this, &AlternativesCard::fork);
    // What it shows may be gone.
    connect(&bridge_, &EngineBridge::branchOpened, this, &QWidget::hide);
}

void AlternativesCard::showFor(int token, const QRect& beside) {
    const ChatSession& session = bridge_.session();
    if (token < 0 || token >= session.traceSize()) return;
    const TokenRecord& record = session.traceToken(token);
    if (!record.generated)
        return Q_EMIT noted(tr("only tokens that the model wrote have alternatives"));
    if (!record.alternatives)
        return Q_EMIT noted(tr("this reply was kept before alternatives were recorded"));
    token_ = token;
    fill();
    const int rows = table_->rowCount() + 1;
    const int rowHeight = table_->verticalHeader()->defaultSectionSize();
    const QRect room = screen()->availableGeometry();
    const int height = std::min(rows * rowHeight + theme_.space(30), room.height() - 2);
    resize(theme_.space(90), height);
    // Below the token, or above where there is no room below.
    QPoint at = beside.bottomLeft() + QPoint(0, theme_.space(1));
    if (at.y() + height > room.bottom()) at.setY(beside.top() - theme_.space(1) - height);
    at.setX(std::clamp(at.x(), room.left(), std::max(room.left(), room.right() - width())));
    at.setY(std::clamp(at.y(), room.top(), std::max(room.top(), room.bottom() - height)));
    move(at);
    show();
    table_->setFocus();
    table_->selectRow(0);
}

void AlternativesCard::fill() {
    const ChatSession& session = bridge_.session();
    const TokenRecord& record = session.traceToken(token_);
    const TokenAlternatives& known = *record.alternatives;
    QList<BarRow> rows;
    for (std::size_t i = 0; i < known.tokens.size(); ++i) {
        const double p = std::exp(static_cast<double>(known.logProbs[i]));
        const int rank = static_cast<int>(i) + 1;
        rows.append({.cells = {{QString::number(rank), rank},
                               {wordText(session, known.tokens[i]), std::nullopt},
                               {probabilityText(p), p, p},
                               {QString::number(known.tokens[i]), known.tokens[i]}},
                     .marked = known.tokens[i] == record.token,
                     .key = static_cast<int>(i)});
    }
    table_->setRows({.titles = {tr("rank"), tr("word"), tr("probability"), tr("id")}, .stretch = 2},
                    rows);
    line_->setText(alternativesLine(session, token_));
    hint_->setText(hint());
}

QString AlternativesCard::hint() const {
    const ChatSession& session = bridge_.session();
    if (session.isReplay()) return tr("A recording is only looked at: it cannot go on.");
    if (!session.model()) return tr("Open the model to go on from another word.");
    if (session.generating()) return tr("Stop the reply to go on from another word.");
    return tr(
        "Enter or a click goes on from that word, in a version of the reply beside this "
        "one.");
}

void AlternativesCard::fork(int row) {
    const TokenRecord& record = bridge_.session().traceToken(token_);
    const TokenId instead = record.alternatives->tokens[static_cast<std::size_t>(row)];
    const int token = token_;
    hide();
    bridge_.run([&](ChatSession& session) { session.forkReply(token, instead); });
}

QString AlternativesCard::line() const {
    return line_->text();
}

}  // namespace gatescope
