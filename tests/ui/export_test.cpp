// File > Export: what the window writes is what `record export` writes, from a conversation and
// from a recording, and what cannot be written is said.

#include <QAction>
#include <QApplication>
#include <QFileDialog>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>
#include <fstream>
#include <sstream>

#include "engine/store/recording.h"
#include "tests/ui/window_fixture.h"
#include "ui/window/conversation_export.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

std::string bytesOf(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
}

/// Answers the file dialog that the next call opens.
void chooseFile(const QString& file) {
    QTimer::singleShot(0, qApp, [file] {
        auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
        QVERIFY(dialog != nullptr);
        dialog->selectFile(file);
        dialog->setOption(QFileDialog::DontConfirmOverwrite);
        static_cast<QDialog*>(dialog)->done(QDialog::Accepted);
    });
}

}  // namespace

class ExportTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs); }
    void aConversationIsWrittenAsRecordExportWritesIt();
    void theVersionShownIsWritten();
    void aRecordingShownIsWrittenFromItsFile();
    void whatCannotBeWrittenIsSaid();
    void theMenuAsksWhereAndSaysWhatWasWritten();

  private:
    static ConversationExport& exporter(WindowFixture& f) {
        return *f.window().findChild<ConversationExport*>();
    }
    /// Exports and waits; the file's bytes.
    static std::string exported(WindowFixture& f, const char* name, ExportFormat format) {
        const auto file = f.profile() / name;
        QSignalSpy written(&exporter(f), &ConversationExport::written);
        exporter(f).write(QString::fromStdString(file.string()), format);
        if (!f.waitFor([&] { return !written.isEmpty(); })) return "not written";
        return bytesOf(file);
    }
    static std::filesystem::path recordingOf(WindowFixture& f) {
        const auto file = f.profile() / "talk.gscope";
        bool saved = false;
        f.session().saveRecording(file, [&](const auto& error) { saved = !error; });
        if (!f.waitFor([&] { return saved; })) QTest::qFail("not saved", __FILE__, __LINE__);
        return file;
    }
};

void ExportTest::aConversationIsWrittenAsRecordExportWritesIt() {
    WindowFixture f;
    f.setReplies({" one two three"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    const auto recording = recordingOf(f);
    const auto by = f.profile() / "by-command";
    for (const char* name : {"npz", "csv", "json", "html"}) {
        const auto file = std::string("talk.") + name;
        exportRecording(recording, by, exportFormat(name));
        const auto bytes = exported(f, file.c_str(), exportFormat(name));
        QVERIFY(!bytes.empty());
        // What differs is the moment at which the recording was made, which the manifest says.
        QVERIFY2(std::abs(static_cast<double>(bytes.size()) -
                          static_cast<double>(std::filesystem::file_size(by / file))) < 64,
                 name);
    }
    QCOMPARE(bytesOf(f.profile() / "talk-tokens.csv"), bytesOf(by / "talk-tokens.csv"));
    QCOMPARE(bytesOf(f.profile() / "talk.csv"), bytesOf(by / "talk.csv"));
    QVERIFY(!std::filesystem::exists(f.profile() / "tokens.npy"));  // the archive alone
}

void ExportTest::theVersionShownIsWritten() {
    WindowFixture f;
    f.setReplies({" first answer", " second answer"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    f.window().bridge().run([](ChatSession& s) { s.regenerate(); });
    QVERIFY(f.waitIdle());
    QVERIFY(exported(f, "b.md", ExportFormat::Markdown).find("second") != std::string::npos);
    f.window().bridge().run([](ChatSession& s) { s.showVersion(1, -1); });
    QVERIFY(f.waitFor([&] { return f.session().version(1).index == 0; }));
    const auto bytes = exported(f, "a.md", ExportFormat::Markdown);
    QVERIFY(bytes.find("first") != std::string::npos);
    QVERIFY(bytes.find("second") == std::string::npos);
    f.find<QAction>("export-all-versions")->trigger();
    const auto all = f.profile() / "all.html";
    chooseFile(QString::fromStdString(all.string()));
    QTest::keyClick(&f.window(), Qt::Key_W, Qt::ControlModifier | Qt::AltModifier);
    QVERIFY(f.waitFor([&] { return std::filesystem::exists(all); }));
    QVERIFY(bytesOf(all).find("first") != std::string::npos);
    QVERIFY(bytesOf(all).find("version 2 of 2") != std::string::npos);
}

void ExportTest::aRecordingShownIsWrittenFromItsFile() {
    WindowFixture f;
    f.setReplies({" one two three"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    const auto recording = recordingOf(f);
    f.window().openRecording(QString::fromStdString(recording.string()));
    QVERIFY(f.waitFor([&] { return f.session().isReplay(); }));
    QCOMPARE(exporter(f).suggestedName(), text("talk"));
    const auto by = f.profile() / "by-command";
    exportRecording(recording, by, ExportFormat::Html);
    QCOMPARE(exported(f, "talk.html", ExportFormat::Html), bytesOf(by / "talk.html"));
}

void ExportTest::whatCannotBeWrittenIsSaid() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    std::ofstream(f.profile() / "file") << "in the way";
    const auto file = f.profile() / "file" / "talk.npz";
    exporter(f).write(QString::fromStdString(file.string()), ExportFormat::Npz);
    QVERIFY(f.waitFor([&] { return !f.window().currentError().isEmpty(); }));
    QVERIFY(f.window().currentError().contains(text("cannot be made a folder")));
}

void ExportTest::theMenuAsksWhereAndSaysWhatWasWritten() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    const auto file = f.profile() / "menu.npz";
    QVERIFY(f.say(text("hi")));
    chooseFile(QString::fromStdString(file.string()));
    QTest::keyClick(&f.window(), Qt::Key_E, Qt::ControlModifier);
    QVERIFY(f.waitFor([&] { return std::filesystem::exists(file); }));
    QTRY_VERIFY(f.window().statusText().contains(text("exported")));
    QVERIFY(f.window().statusText().contains(text("menu.npz")));
}

QTEST_MAIN(ExportTest)
#include "export_test.moc"
