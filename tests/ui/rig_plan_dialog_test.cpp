// The dialog that plans a model for many devices, over the engine's real planner.

#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <algorithm>

#include "engine/model/open_model.h"
#include "engine/plan/rig.h"
#include "engine/plan/rig_plan.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"
#include "ui/plan/rig_plan_dialog.h"
#include "ui/plan/rig_plan_table.h"
#include "ui/theme/theme.h"

using namespace gatescope;
using namespace gatescope::test;

namespace {

/// Eight of a kind behind NVLink, or what is left of them.
Rig eightDevices() {
    Rig rig;
    RigLink all{
        .devices = {}, .kind = LinkKind::NvLink, .bytesPerS = 450e9, .allReduceSeconds = 5e-6};
    for (int i = 0; i < 8; ++i) {
        rig.devices.push_back({.name = "H100 80GB",
                               .freeBytes = 85'000'000'000,
                               .readBytesPerS = 3.35e12,
                               .copyBytesPerS = 55e9});
        all.devices.push_back(i);
    }
    rig.links = {all};
    rig.host = {.freeBytes = 1'000'000'000'000, .cores = 96, .nodes = 2, .readBytesPerS = 400e9};
    return rig;
}

}  // namespace

class RigPlanDialogTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void init() {
        theme_.setMode(Theme::Mode::Dark);
        theme_.apply();
    }
    void showsThePlanOfTheEngine();
    void plansAnewWhatIsChanged();
    void saysWhyThereIsNoPlan();
    void plansForThisMachine();
    void closingWhileItPlansNeitherBlocksNorCrashes();
    void picturesForPeople();

  private:
    QString rigFile() {
        const auto file = scratch_.path() / "eight.json";
        writeBytes(file, rigText(eightDevices()));
        return QString::fromStdString(file.string());
    }
    static QString speedOf(const QDialog& dialog) {
        return dialog.findChild<QLabel*>(QStringLiteral("rigPlanSpeed"))->text();
    }
    static QString reasonsOf(const QDialog& dialog) {
        return dialog.findChild<QLabel*>(QStringLiteral("rigPlanReasons"))->text();
    }
    static bool waitFor(const QDialog& dialog, const QString& text) {
        return QTest::qWaitFor([&] { return speedOf(dialog).contains(text); }, 30000);
    }
    static bool waitForPlan(const QDialog& dialog) {
        return QTest::qWaitFor([&] { return !speedOf(dialog).contains(QChar(0x2026)); }, 30000);
    }
    static void picture(QDialog& dialog, const QString& name) {
        const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
        QDir().mkpath(folder);
        QTest::qWait(20);
        QVERIFY(dialog.grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png")));
    }

    Theme theme_;
    ScratchDir scratch_;
};

void RigPlanDialogTest::showsThePlanOfTheEngine() {
    const auto source = openModel("synthetic:grok-1");
    const Rig rig = eightDevices();
    const RigPlan plan = planRig({.config = source->config(),
                                  .layouts = source->layouts(),
                                  .embeddingTypes = source->embeddingTypes(),
                                  .rig = rig});
    QVERIFY(plan.fits);
    RigPlanDialog dialog(theme_, QStringLiteral("synthetic:grok-1"));
    dialog.setRigFile(rigFile());
    dialog.show();
    QVERIFY(waitFor(dialog, QStringLiteral("Fits: ")));
    QVERIFY2(speedOf(dialog).contains(QString::number(plan.tokensPerS(), 'f', 0)),
             qPrintable(speedOf(dialog)));
    const auto& table = *dialog.findChild<RigPlanTable*>();
    QCOMPARE(table.rowCount(), int(plan.shares.size()) + (plan.diskExperts > 0 ? 1 : 0));
    for (std::size_t i = 0; i < plan.shares.size(); ++i)
        QVERIFY(
            table.item(int(i), 0)->text().contains(QString::fromStdString(plan.shares[i].name)));
    for (const std::string& reason : plan.reasons)
        QVERIFY2(reasonsOf(dialog).contains(QString::fromStdString(reason)), reason.c_str());
    QCOMPARE(reasonsOf(dialog).count(QStringLiteral("With weights of ")),
             qsizetype(plan.otherTypes.size()));
}

void RigPlanDialogTest::plansAnewWhatIsChanged() {
    RigPlanDialog dialog(theme_, QStringLiteral("synthetic:grok-1"));
    dialog.setRigFile(rigFile());
    dialog.show();
    QVERIFY(waitFor(dialog, QStringLiteral("Fits: ")));
    const QString before = speedOf(dialog);
    // What it says of four bits is what choosing four bits gives.
    const QString said = reasonsOf(dialog).section(QStringLiteral("With weights of 4 bits"), 1, 1);
    const QString promised =
        said.section(QStringLiteral(", "), 1, 1).section(QLatin1Char(' '), 0, 0);
    QVERIFY2(!promised.isEmpty(), qPrintable(reasonsOf(dialog)));
    auto& type = *dialog.findChild<QComboBox*>(QStringLiteral("rigPlanType"));
    type.setCurrentIndex(type.findData(int(DType::Q4_0)));
    QVERIFY(waitFor(dialog, QStringLiteral("Fits: ")));
    QVERIFY2(speedOf(dialog).contains(QStringLiteral("Fits: %1 ").arg(promised)),
             qPrintable(speedOf(dialog) + QStringLiteral(" / ") + promised));
    QVERIFY(speedOf(dialog) != before);

    auto& devices = *dialog.findChild<QSpinBox*>(QStringLiteral("rigPlanDevices"));
    devices.setValue(2);
    QVERIFY(waitForPlan(dialog));
    const auto& table = *dialog.findChild<RigPlanTable*>();
    int used = 0;
    for (int row = 0; row < table.rowCount(); ++row)
        used += table.item(row, 1)->text() != QStringLiteral("–") &&
                        table.item(row, 0)->text().contains(QStringLiteral("H100"))
                    ? 1
                    : 0;
    QVERIFY2(used <= 2, qPrintable(QString::number(used)));
}

void RigPlanDialogTest::saysWhyThereIsNoPlan() {
    RigPlanDialog dialog(theme_, QStringLiteral("synthetic:grok-1"));
    const auto file = scratch_.path() / "bad.json";
    writeBytes(file, "{\"devices\": 3}");
    dialog.setRigFile(QString::fromStdString(file.string()));
    dialog.show();
    QVERIFY(waitFor(dialog, QStringLiteral("There is no such plan")));
    const auto labels = dialog.findChildren<QLabel*>();
    QVERIFY(std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
        return label->text().contains(QStringLiteral("bad.json"));
    }));
    QVERIFY(!dialog.findChild<RigPlanTable*>()->isVisible());
    QVERIFY(reasonsOf(dialog).isEmpty());
}

void RigPlanDialogTest::plansForThisMachine() {
    RigPlanDialog dialog(theme_, QString::fromStdString((dataDir() / "tiny-a").string()));
    dialog.show();
    QVERIFY(waitFor(dialog, QStringLiteral("Fits: ")));
    QVERIFY(dialog.findChild<RigPlanTable*>()->rowCount() >= 1);
}

void RigPlanDialogTest::closingWhileItPlansNeitherBlocksNorCrashes() {
    for (int i = 0; i < 20; ++i) {
        RigPlanDialog dialog(theme_, QStringLiteral("synthetic:grok-1"));
        dialog.setRigFile(rigFile());
        dialog.show();
        QTest::qWait(200 + i);
    }
}

void RigPlanDialogTest::picturesForPeople() {
    for (const auto mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
        theme_.setMode(mode);
        theme_.apply();
        RigPlanDialog dialog(theme_, QStringLiteral("synthetic:grok-1"));
        dialog.setRigFile(rigFile());
        dialog.show();
        QVERIFY(waitFor(dialog, QStringLiteral("Fits: ")));
        picture(dialog, QStringLiteral("rig-plan-%1").arg(theme_.name()));
        dialog.resize(440, 620);
        picture(dialog, QStringLiteral("rig-plan-narrow-%1").arg(theme_.name()));
        dialog.findChild<QSpinBox*>(QStringLiteral("rigPlanDevices"))->setValue(1);
        dialog.resize(860, 720);
        QVERIFY(waitForPlan(dialog));
        picture(dialog, QStringLiteral("rig-plan-one-%1").arg(theme_.name()));
    }
}

QTEST_MAIN(RigPlanDialogTest)
#include "rig_plan_dialog_test.moc"
