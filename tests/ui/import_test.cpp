// File > Import conversations: a chat that Qt's own QDataStream wrote, and files that are none.

#include <QAction>
#include <QDataStream>
#include <QFile>
#include <QMessageBox>
#include <QTest>

#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

/// An entry of a chat as gpt4all-chat 3.10 streams it.
void writeItem(QDataStream& out, const QString& label, const QString& value) {
    out << label << value << QString() << false << false << false << false;
    if (label == text("Response: ")) out << false;
    out << qint64(0);                                                      // sources
    out << qint64(1) << QByteArray("file:///a.txt") << QByteArray("abc");  // attachments
    out << qint64(0);                                                      // parts
}

QString writeChat(const std::filesystem::path& folder) {
    QFile file(QString::fromStdString((folder / "gpt4all-1.chat").string()));
    if (!file.open(QIODevice::WriteOnly)) return {};
    QDataStream out(&file);
    out << quint32(0xF5D553CC) << qint32(12);
    out.setVersion(QDataStream::Qt_6_2);
    out << qint64(1'700'000'000) << text("id") << text("Chat of äöü 😀") << QString()
        << text("Llama 3") << QStringList{text("documents")} << int(2);
    writeItem(out, text("Prompt: "), text("why 😀?"));
    writeItem(out, text("Response: "), text("because äöü"));
    return file.fileName();
}

}  // namespace

class ImportTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void aChatOfGpt4AllBecomesAConversation();
    void whatWasLeftOutIsShown();
    void aFileThatIsNoneIsSaid();
};

void ImportTest::aChatOfGpt4AllBecomesAConversation() {
    WindowFixture f;
    f.setReplies({" of the air"});
    f.openWithModel();
    f.window().importFiles({writeChat(f.profile())});
    QVERIFY(f.waitFor([&] { return f.session().conversations().size() == 1; }));
    const auto summary = f.session().conversations().front();
    QCOMPARE(QString::fromStdString(summary.title), text("Chat of äöü 😀"));
    QTRY_VERIFY(f.window().statusText().contains(text("1 conversation imported")));
    f.window().importFiles({writeChat(f.profile())});
    QTRY_VERIFY(f.window().statusText().contains(text("already there")));
    QCOMPARE(f.session().conversations().size(), std::size_t(1));
    f.window().bridge().run([id = summary.id](ChatSession& s) { s.openConversation(id); });
    QVERIFY(f.waitFor([&] { return f.session().messages().size() == 2; }));
    QCOMPARE(QString::fromStdString(f.session().messages()[0].text), text("why 😀?"));
    QCOMPARE(QString::fromStdString(f.session().messages()[1].text), text("because äöü"));
    QVERIFY(f.say(text("go on")));  // its text is encoded like any other
    QCOMPARE(f.session().messages().size(), std::size_t(4));
    QVERIFY(!f.session().messages()[0].tokens.empty());
    QVERIFY(QString::fromStdString(f.session().messages()[3].text).contains(text("of the air")));
    QTRY_COMPARE(f.window().chat().view().messageCount(), 4);
    QVERIFY(f.session().messages()[1].finishReason.has_value());  // else "written by you"
    QVERIFY(f.waitIdle());
    f.picture("import-conversation");
}

void ImportTest::whatWasLeftOutIsShown() {
    WindowFixture f;
    f.open();
    f.window().importFiles({writeChat(f.profile())});
    QVERIFY(f.waitFor([&] { return f.find<QMessageBox>("importNotes") != nullptr; }));
    auto* box = f.find<QMessageBox>("importNotes");
    QVERIFY(box->informativeText().contains(text("attachments were left out: 2")));
    for (const char* theme : {"light", "dark"}) {
        f.window().setTheme(QString::fromLatin1(theme));
        f.picture(*box, (std::string("import-notes-") + theme).c_str());
    }
    box->close();
}

void ImportTest::aFileThatIsNoneIsSaid() {
    WindowFixture f;
    f.open();
    QFile file(QString::fromStdString((f.profile() / "x.json").string()));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{}");
    file.close();
    f.window().importFiles({writeChat(f.profile()), file.fileName()});
    QVERIFY(f.waitFor([&] { return !f.window().currentError().isEmpty(); }));
    QVERIFY(f.window().currentError().contains(text("IMPORT-061")));
    QVERIFY(f.session().conversations().empty());
}

QTEST_MAIN(ImportTest)
#include "import_test.moc"
