// The dialog that asks for a model, over the engine's real readers.

#include <QDialogButtonBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QThreadPool>
#include <algorithm>
#include <filesystem>

#include "engine/error.h"
#include "engine/model/open_model.h"
#include "tests/support/gguf_model.h"
#include "tests/support/hf_writer.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"
#include "tests/ui/busy_spans.h"
#include "ui/chat/model_summary_view.h"
#include "ui/chat/open_model_dialog.h"
#include "ui/docks/plan_table.h"
#include "ui/theme/theme.h"

using namespace gatescope;
using namespace gatescope::test;

namespace {

QString tinyA() {
    return QString::fromStdString((dataDir() / "tiny-a").string());
}

/// A directory whose settings are known to be wrong, with a file too many and no tokenizer that is
/// read.
QString writeOddDirectory(const std::filesystem::path& dir) {
    writeTinyCheckpoint(dir / "xai", tinyConfig(), 1);
    const auto weights = openModel((dir / "xai").string())->load({}, {});
    writeHfDirectory(
        dir / "hf", *weights, {.naming = HfNaming::Keyfan, .matrices = DType::BF16, .files = 2});
    QString config = QString::fromStdString(readBytes(dir / "hf" / "config.json"));
    config.replace(QStringLiteral("\"gelu\""), QStringLiteral("\"silu\""));
    config.replace(QStringLiteral("\"rope_theta\": 10000"),
                   QStringLiteral("\"rope_theta\": 100000"));
    writeBytes(dir / "hf" / "config.json", config.toStdString());
    writeBytes(dir / "hf" / "tokenizer.json", "{}");
    writeBytes(dir / "hf" / "other.safetensors", "");
    return QString::fromStdString((dir / "hf").string());
}

/// The dialog on the screen, and what a person can do with it.
struct Shown {
    explicit Shown(const Theme& theme, const QStringList& recent = {})
        : dialog(theme, QStringLiteral("demo"), recent) {
        dialog.show();
    }
    QLineEdit& path() { return *dialog.findChild<QLineEdit*>(QStringLiteral("modelPath")); }
    QPushButton& open() {
        return *dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Open);
    }
    QString said() { return dialog.findChild<ModelSummaryView*>()->accessibleDescription(); }
    bool waitFor(const QString& text) {
        return QTest::qWaitFor([&] { return said().contains(text); }, 20000);
    }
    void picture(const QString& name) {
        const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
        QDir().mkpath(folder);
        QTest::qWait(20);
        QVERIFY(dialog.grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png")));
    }

    OpenModelDialog dialog;
};

}  // namespace

class OpenModelDialogTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { theme_.apply(); }
    void showsWhatTheModelIs();
    void showsWhatIsOddInAHuggingFaceDirectory();
    void marksSyntheticModelsAndRefusesWhatDoesNotFit();
    void theMemoryPlanIsThatOfTheModelDock();
    void asksWhetherItFitsTheGpuThatIsToComputeIt();
    void saysInOneSentenceWhatIsWrong_data();
    void saysInOneSentenceWhatIsWrong();
    void aLateAnswerDropsItself();
    void returnOpensBeforeTheSummaryArrives();
    void closingWhileReadingNeitherBlocksNorCrashes();
    void textFromFilesStaysPlain();
    void costOfShowing_data();
    void costOfShowing();
    void picturesForPeople();

  private:
    Theme theme_;
    ScratchDir scratch_;
};

void OpenModelDialogTest::showsWhatTheModelIs() {
    Shown shown(theme_);
    shown.path().setText(tinyA());
    QCOMPARE(shown.said(), QStringLiteral("Reading…"));
    QVERIFY(shown.waitFor(QStringLiteral("parameters: ")));
    const ModelSummary summary = summarize(*openModel(tinyA().toStdString()));
    for (const auto& [label, text] : rowsOf(summary)) {
        if (label == "note" || label.empty() || label.starts_with("plan")) continue;
        QVERIFY2(shown.said().contains(QString::fromStdString(label + ": " + text)), label.c_str());
    }
    for (const std::string& remark : summary.remarks)
        QVERIFY(shown.said().contains(QString::fromStdString(remark)));
    QVERIFY(shown.open().isEnabled());
    shown.path().clear();
    QVERIFY(!shown.said().contains(QStringLiteral("parameters")));
}

void OpenModelDialogTest::showsWhatIsOddInAHuggingFaceDirectory() {
    Shown shown(theme_);
    shown.path().setText(writeOddDirectory(scratch_.path() / "odd"));
    QVERIFY2(shown.waitFor(QStringLiteral("parameters: ")), qPrintable(shown.said()));
    for (const char* odd : {"activation silu",
                            "rope_theta 100000",
                            "other.safetensors is not in the index",
                            "tokenizer.json is not read"})
        QVERIFY2(shown.said().contains(QLatin1String(odd)), odd);
    QVERIFY(shown.open().isEnabled());
    shown.picture(QStringLiteral("open-hugging-face"));
}

void OpenModelDialogTest::marksSyntheticModelsAndRefusesWhatDoesNotFit() {
    Shown shown(theme_);
    shown.path().setText(QStringLiteral("synthetic:grok-1"));
    QVERIFY(shown.waitFor(QStringLiteral("SYNTHETIC")));
    const ModelSummary summary = summarize(*openModel("synthetic:grok-1"));
    QCOMPARE(shown.open().isEnabled(), summary.plan.fits);
    QVERIFY(!summary.plan.fits || summary.plan.devices.front().availableBytes > 300000000000ULL);
    QVERIFY(shown.said().contains(QString::fromStdString(summary.plan.reasons.front()).left(12)));
    shown.path().setText(tinyA());
    QVERIFY(shown.open().isEnabled());  // another path: nothing is known against it
}

// Free memory changes from moment to moment; weights, cache and work do not.
void OpenModelDialogTest::theMemoryPlanIsThatOfTheModelDock() {
    Shown shown(theme_);
    shown.dialog.resize(680, 640);
    const auto column = [&shown](int which) {
        const auto labels = shown.dialog.findChildren<QLabel*>(QStringLiteral("planColumn"));
        return labels.value(which)->text().split(QLatin1Char('\n'));
    };
    shown.path().setText(tinyA());
    QVERIFY(shown.waitFor(QStringLiteral("Fits this machine")));
    const MemoryPlan plan = summarize(*openModel(tinyA().toStdString())).plan;
    PlanTable dock(theme_);
    dock.showPlan(plan);
    for (int row = 0; row < dock.rowCount(); ++row) {
        QCOMPARE(column(0)[row + 1], dock.verticalHeaderItem(row)->text());
        if (row != 2 && row < 4) {  // not branches, what is needed and what is free
            QCOMPARE(column(1)[row + 1], dock.item(row, 0)->text());
        }
    }
    QCOMPARE(column(1)[0], dock.horizontalHeaderItem(0)->text());
    QCOMPARE(column(1)[1].toStdString(), bytesText(plan.devices[0].weightBytes));
    QVERIFY(shown.said().contains(planSentences(plan).last()));
    const char* const huge = "synthetic:grok-1,layers=4096,dtype=f32";  // 80 TB
    shown.path().setText(QString::fromLatin1(huge));
    QVERIFY(shown.waitFor(QStringLiteral("Does not fit")));
    QVERIFY(!shown.open().isEnabled());
    const DeviceShare share = summarize(*openModel(huge)).plan.devices.front();
    QCOMPARE(column(1)[5].toStdString(), bytesText(share.neededBytes()));
    shown.picture(QStringLiteral("open-does-not-fit"));
}

void OpenModelDialogTest::asksWhetherItFitsTheGpuThatIsToComputeIt() {
    qputenv("GATESCOPE_CUDA_LIBRARY", "/no/such/library");
    Shown shown(theme_);
    shown.path().setText(tinyA());
    QVERIFY(shown.waitFor(QStringLiteral("parameters: ")));
    shown.dialog.setDecoder(QStringLiteral("cuda"));
    QVERIFY2(shown.waitFor(QStringLiteral("no GPU can be used")), qPrintable(shown.said()));
    QVERIFY2(shown.said().contains(QStringLiteral("on the CPU")), qPrintable(shown.said()));
    QSignalSpy chosen(&shown.dialog, &OpenModelDialog::modelChosen);
    shown.open().click();
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen.first().at(1).toString(), QStringLiteral("cuda"));
    qunsetenv("GATESCOPE_CUDA_LIBRARY");
}

void OpenModelDialogTest::saysInOneSentenceWhatIsWrong_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("code");
    writeTinyCheckpoint(scratch_.path() / "m", tinyConfig(), 1);
    const GgufWriter good = ggufOf(*openModel((scratch_.path() / "m").string())->load({}, {}));
    const std::string whole = good.finish();
    writeSplit(scratch_.path(), "parts", good, 2);
    QTest::newRow("git-lfs pointer")
        << "pointer.gguf"
        << QByteArray("version https://git-lfs.github.com/spec/v1\noid sha256:" +
                      QByteArray(64, 'a') + "\nsize 1234567\n")
        << "FILE-005";
    QTest::newRow("HTML page") << "page.gguf"
                               << QByteArray("<!DOCTYPE html><html><b>Sign in</b></html>")
                               << "FILE-004";
    QTest::newRow("half a GGUF file")
        << "half.gguf" << QByteArray(whole.data(), qsizetype(whole.size() / 2)) << "GGUF-";
    QTest::newRow("part 2 of a split")
        << "parts-00002-of-00002.gguf" << QByteArray() << "open part 1 [GGUF-514]";
    QTest::newRow("big-endian GGUF file")
        << "other.gguf" << QByteArray("GGUF\0\0\0\3", 8) + QByteArray(4096, '\0') << "GGUF-503";
    QTest::newRow("no file") << "nothing.gguf" << QByteArray() << "there is no such path";
}

void OpenModelDialogTest::saysInOneSentenceWhatIsWrong() {
    QFETCH(QString, file);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, code);
    const auto path = scratch_.path() / file.toStdString();
    if (!bytes.isEmpty()) writeBytes(path, bytes.toStdString());
    Shown shown(theme_);
    shown.path().setText(QString::fromStdString(path.string()));
    QVERIFY2(shown.waitFor(code), qPrintable(shown.said()));
    QVERIFY(!shown.said().contains(QLatin1Char('\n')));
    QVERIFY(shown.open().isEnabled());  // the file may be mended in the meantime
}

void OpenModelDialogTest::aLateAnswerDropsItself() {
    ModelPreviewReader reader;
    QStringList arrived;
    connect(&reader, &ModelPreviewReader::arrived, this, [&](const ModelPreview& preview) {
        arrived << preview.model;
    });
    reader.ask(tinyA());
    reader.ask(QStringLiteral("synthetic:bench-1b"));
    reader.ask(QStringLiteral("synthetic:grok-1-tiny"));
    QVERIFY(QTest::qWaitFor([&] { return !arrived.isEmpty(); }, 20000));
    QCOMPARE(arrived, QStringList{QStringLiteral("synthetic:grok-1-tiny")});
    reader.ask(tinyA());
    reader.forget();
    QVERIFY(QThreadPool::globalInstance()->waitForDone(20000));
    QCoreApplication::sendPostedEvents();
    QCOMPARE(arrived.size(), 1);
}

void OpenModelDialogTest::returnOpensBeforeTheSummaryArrives() {
    Shown shown(theme_);
    QSignalSpy chosen(&shown.dialog, &OpenModelDialog::modelChosen);
    QTest::keyClicks(&shown.path(), QStringLiteral(" /no/such "));
    QTest::keyClick(&shown.path(), Qt::Key_Return);
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen.first().first().toString(), QStringLiteral("/no/such"));
}

void OpenModelDialogTest::closingWhileReadingNeitherBlocksNorCrashes() {
    QThreadPool& pool = *QThreadPool::globalInstance();
    for (int i = 0; i < 50; ++i) {
        ModelPreviewReader reader;
        reader.ask(tinyA());
        if (i % 2 == 1) QVERIFY(pool.waitForDone(20000));  // its answer is posted, not delivered
    }
    QVERIFY(pool.waitForDone(20000));
    QCoreApplication::sendPostedEvents();
}

void OpenModelDialogTest::textFromFilesStaysPlain() {
    ModelSummaryView view(theme_);
    view.showPreview({.model = {},
                      .summary = {},
                      .error = QStringLiteral("<img src=x>\u202Eevil\nsecond line")});
    for (const QLabel* label : view.findChildren<QLabel*>())
        QCOMPARE(label->textFormat(), Qt::PlainText);
    QVERIFY(view.accessibleDescription().startsWith(QStringLiteral("<img src=x>")));
    QVERIFY(!view.accessibleDescription().contains(QChar(0x202E)));
    QVERIFY(!view.accessibleDescription().contains(QLatin1Char('\n')));
    view.showPreview({.model = {}, .summary = {}, .error = QString(900, QLatin1Char('x'))});
    QVERIFY(view.widget()->minimumSizeHint().width() < 330);  // it wraps, whatever comes
}

void OpenModelDialogTest::costOfShowing_data() {
    QTest::addColumn<QString>("model");
    QTest::newRow("checkpoint") << tinyA();
    QTest::newRow("Hugging Face directory") << writeOddDirectory(scratch_.path() / "cost");
    QTest::newRow("Grok-1") << QStringLiteral("synthetic:grok-1");
    QTest::newRow("refusal") << QStringLiteral("/nowhere");
    QTest::newRow("as much as is ever shown") << QString();
}

/// What the GUI thread does when a summary arrives, up to the last pixel: times are printed, not
/// judged, for the machine may be busy (docs/benchmarks.md).
void OpenModelDialogTest::costOfShowing() {
    QFETCH(QString, model);
    ModelPreview preview{.model = model, .summary = {}, .error = {}};
    try {
        preview.summary = summarize(*openModel((model.isEmpty() ? tinyA() : model).toStdString()));
        if (model.isEmpty())
            preview.summary->remarks.assign(100, std::string(2000, 'x'));  // more than is shown
    } catch (const Error& error) {
        preview.error = QString::fromUtf8(error.what());
    }
    Shown shown(theme_);
    auto* view = shown.dialog.findChild<ModelSummaryView*>();
    QVERIFY(QTest::qWaitForWindowExposed(&shown.dialog));
    // Two turns of the event loop: the labels and their places, then the picture. Processor time:
    // what else runs on the machine is no part of it.
    QVector<double> placed, painted;
    for (int i = 0; i < 21; ++i) {
        const double begun = BusySpans::now();
        view->showPreview(preview);
        QCoreApplication::sendPostedEvents();
        placed << BusySpans::now() - begun;
        (void)shown.dialog.grab();
        painted << BusySpans::now() - begun - placed.back();
    }
    const auto median = [](QVector<double>& each) {
        std::sort(each.begin(), each.end());
        return each[each.size() / 2];
    };
    qInfo("placed in %.1f ms, painted in %.1f ms", median(placed), median(painted));
    QVERIFY(!shown.said().isEmpty());
}

void OpenModelDialogTest::picturesForPeople() {
    for (const auto mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
        theme_.setMode(mode);
        theme_.apply();
        Shown shown(theme_, {tinyA(), QStringLiteral("/models/") + QString(200, QLatin1Char('x'))});
        shown.path().setText(tinyA());
        QVERIFY(shown.waitFor(QStringLiteral("parameters: ")));
        shown.picture(QStringLiteral("open-%1").arg(theme_.name()));
        shown.path().setText(QStringLiteral("synthetic:grok-1"));
        QVERIFY(shown.waitFor(QStringLiteral("SYNTHETIC")));
        shown.dialog.resize(380, 560);
        shown.picture(QStringLiteral("open-narrow-%1").arg(theme_.name()));
        shown.path().setText(QStringLiteral("/nowhere/模型和日本語のモデル/😀.gguf"));
        QVERIFY(shown.waitFor(QStringLiteral("there is no such path")));
        shown.dialog.resize(680, 560);
        shown.picture(QStringLiteral("open-error-%1").arg(theme_.name()));
    }
}

QTEST_MAIN(OpenModelDialogTest)
#include "open_model_dialog_test.moc"
