#include "ui/docks/heat_page.h"

#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMessageBox>
#include <QPushButton>
#include <QTableView>
#include <QUrl>
#include <QVBoxLayout>
#include <cmath>

#include "engine/offload/heat_keeper.h"
#include "engine/offload/keeping_rule.h"
#include "ui/chat/visible_text.h"
#include "ui/docks/flow_layout.h"
#include "ui/docks/heat_table_model.h"
#include "ui/engine_bridge.h"
#include "ui/language/number_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kLookEveryMs = 300;

/// What keeping the hottest `part` of all experts serves, in percent.
QString servedBy(const Heat& heat, double part) {
    const auto experts = static_cast<double>(heat.counts().size());
    return numberText(100 * shareOfHottest(heat, static_cast<int>(experts * part)), 'f', 1);
}

}  // namespace

HeatPage::HeatPage(EngineBridge& bridge, const Theme& theme, QWidget* parent)
    : QWidget(parent), bridge_(bridge), theme_(theme) {
    setObjectName(QStringLiteral("heatPage"));
    note_ = new QLabel;
    note_->setObjectName(QStringLiteral("heatNote"));
    note_->setProperty("kind", QStringLiteral("muted"));
    note_->setTextFormat(Qt::PlainText);
    note_->setWordWrap(true);
    note_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    model_ = new HeatTableModel(this);
    view_ = new QTableView;
    view_->setObjectName(QStringLiteral("heatTable"));
    view_->setAccessibleName(tr("Percent of a layer's selections that each expert took"));
    view_->setModel(model_);
    view_->setFrameShape(QFrame::NoFrame);
    view_->setShowGrid(false);
    view_->setTabKeyNavigation(false);  // Tab leaves it, arrows walk it
    view_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    view_->horizontalHeader()->setMinimumSectionSize(theme_.space(10));
    view_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    file_ = new QLabel;
    file_->setObjectName(QStringLiteral("heatFile"));
    file_->setProperty("kind", QStringLiteral("faint"));
    file_->setTextFormat(Qt::PlainText);
    file_->setWordWrap(true);
    file_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    for (QLabel* label : {note_, file_}) {  // paths have no blanks to break at
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    }
    view_->setMinimumHeight(theme_.space(30));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, theme_.space(2), 0, 0);
    column->addWidget(note_);
    column->addWidget(view_, 1);
    column->addWidget(file_);
    column->addLayout(makeButtons());
    timer_.setInterval(kLookEveryMs);
    connect(&timer_, &QTimer::timeout, this, &HeatPage::look);
}

QLayout* HeatPage::makeButtons() {
    auto* row = new FlowLayout(theme_.space(1));  // the dock may be narrow
    const auto add = [row](const QString& text, const char* name) {
        auto* button = new QPushButton(text);
        button->setObjectName(QString::fromLatin1(name));
        row->addWidget(button);
        return button;
    };
    copy_ = add(tr("Copy path"), "heatCopy");
    copy_->setAccessibleName(tr("Copy the path of the heat file"));
    connect(copy_, &QPushButton::clicked, this, [this] {
        QApplication::clipboard()->setText(QString::fromStdString(shown_->file.string()));
    });
    folder_ = add(tr("Open folder"), "heatFolder");
    folder_->setAccessibleName(tr("Open the folder of the heat file"));
    connect(folder_, &QPushButton::clicked, this, [this] {
        QDesktopServices::openUrl(QUrl::fromLocalFile(folder()));
    });
    restore_ = add(tr("Undo reset"), "heatRestore");
    connect(restore_, &QPushButton::clicked, this, [this] { bridge_.heat()->restore(); });
    reset_ = add(tr("Reset…"), "heatReset");
    reset_->setAccessibleName(tr("Forget the heat of this model"));
    connect(reset_, &QPushButton::clicked, this, &HeatPage::askToReset);
    return row;
}

QString HeatPage::note() const {
    return note_->text();
}

QString HeatPage::folder() const {
    return QFileInfo(QString::fromStdString(shown_->file.string())).absolutePath();
}

void HeatPage::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    shown_.reset();
    look();
    timer_.start();
}

void HeatPage::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    timer_.stop();
}

void HeatPage::look() {
    const auto known =
        bridge_.heat() != nullptr ? bridge_.heat()->known() : std::make_shared<const KnownHeat>();
    const bool changed = known != shown_;
    shown_ = known;
    if (changed) {
        model_->setHeat(known->heat ? &*known->heat : nullptr);
        served_ = known->heat ? servedOf(*known->heat) : QString();  // sorts all experts
    }
    // Cheap, and it follows what has nothing to do with the counts.
    if (const QString note = noteOf(*known); note != note_->text()) note_->setText(note);
    if (!changed) return;
    view_->setVisible(known->heat.has_value());
    const QString file = visibleLine(QString::fromStdString(known->file.string()));
    file_->setText(file);
    for (QWidget* widget : {static_cast<QWidget*>(file_),
                            static_cast<QWidget*>(copy_),
                            static_cast<QWidget*>(folder_),
                            static_cast<QWidget*>(reset_)})
        widget->setVisible(!file.isEmpty());
    folder_->setEnabled(QFileInfo::exists(folder()));
    restore_->setVisible(known->canRestore);
}

QString HeatPage::noteOf(const KnownHeat& known) const {
    const ChatSession& session = bridge_.session();
    QStringList lines;
    if (session.isReplay())
        lines << tr(
            "Nothing is learnt from the recording that is shown: heat is of what is said "
            "to a model here.");
    if (!session.model()) {
        lines << tr("No model is open.");
        return lines.join(QLatin1Char('\n'));
    }
    if (!known.heat) {
        lines << tr(
            "There is no heat: which weights these are is not known before all of them "
            "have been read.");
        return lines.join(QLatin1Char('\n'));
    }
    const Heat& heat = *known.heat;
    const QString tokens = QLocale().toString(qlonglong(heat.tokens()));
    const double chance = 100.0 / heat.origin().numExperts;
    lines << (std::isfinite(heat.origin().halfLife)
                  ? tr("MEASURED. Tokens counted: %1; a selection counts half after %2 tokens. "
                       "Percent of a layer's selections; by chance %3 (grey), less is blue, more "
                       "orange, full from %4 on.")
                        .arg(tokens,
                             QLocale().toString(heat.origin().halfLife, 'g', 15),
                             numberText(chance, 'g', 3),
                             numberText(100 * model_->scale().high, 'g', 3))
                  : tr("MEASURED. Tokens counted: %1; none fades. Percent of a layer's "
                       "selections; by chance %2 (grey), less is blue, more orange, full from %3 "
                       "on.")
                        .arg(tokens,
                             numberText(chance, 'g', 3),
                             numberText(100 * model_->scale().high, 'g', 3)));
    if (!served_.isEmpty()) lines << served_;
    if (!bridge_.heat()->learning()) lines << tr("Learning is switched off in the settings.");
    if (!known.problem.empty())
        lines << tr("Not kept: %1").arg(visibleLine(QString::fromStdString(known.problem)));
    return lines.join(QLatin1Char('\n'));
}

QString HeatPage::servedOf(const Heat& heat) {
    if (heat.tokens() == 0) return {};
    return tr("Of these selections the hottest 25 % of all experts took %1 %, 50 %: %2 %, "
              "75 %: %3 %. That is what a fixed placement of them would have served; what "
              "is said next may ask for others.")
        .arg(servedBy(heat, 0.25), servedBy(heat, 0.5), servedBy(heat, 0.75));
}

void HeatPage::askToReset() {
    auto* box = new QMessageBox(QMessageBox::NoIcon,
                                tr("Reset the heat"),
                                tr("Forget how often the experts of this model were selected?"),
                                QMessageBox::Cancel,
                                this);
    box->setObjectName(QStringLiteral("heatResetQuestion"));
    box->setInformativeText(
        tr("Conversations stay as they are. It can be undone until another "
           "model is opened."));
    QPushButton* forget = box->addButton(tr("Forget"), QMessageBox::AcceptRole);
    connect(forget, &QPushButton::clicked, this, [this] { bridge_.heat()->reset(); });
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

}  // namespace gatescope
