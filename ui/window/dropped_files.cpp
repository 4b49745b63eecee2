#include "ui/window/dropped_files.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLocale>
#include <QStringDecoder>

#include "ui/bytes_text.h"
#include "ui/chat/visible_text.h"

namespace gatescope {
namespace {

constexpr int kBytesPerToken = 4;  ///< of English, roughly; only ever shown behind "about"

struct DroppedFilesText {
    Q_DECLARE_TR_FUNCTIONS(DroppedFiles)
};

QString sizeText(qint64 bytes) {
    return DroppedFilesText::tr("%1, about %2 tokens")
        .arg(bytesText(static_cast<quint64>(bytes)),
             QLocale().toString(qMax<qint64>(1, bytes / kBytesPerToken)));
}

bool isModelFolder(const QString& path) {
    const QDir folder(path);
    return folder.exists(QStringLiteral("ckpt-0")) ||
           folder.exists(QStringLiteral("config.json")) ||
           !folder
                .entryList({QStringLiteral("*.gguf"), QStringLiteral("*.safetensors")}, QDir::Files)
                .isEmpty();
}

/// Into `file`; gives what is wrong with it.
QString judge(const QUrl& url, DroppedFile& file) {
    if (!url.isLocalFile())
        return DroppedFilesText::tr(
                   "%1 is not a file of this machine: save it first, then drop the file.")
            .arg(visibleLine(url.toDisplayString()));
    const QFileInfo info(url.toLocalFile());
    file = {.path = info.absoluteFilePath(),
            .name = visibleLine(info.fileName()),
            .bytes = info.size()};
    if (!info.exists()) return DroppedFilesText::tr("%1 is not there any more.").arg(file.name);
    if (info.isDir()) {
        file.kind = DroppedFile::Kind::Model;
        if (isModelFolder(file.path)) return {};
        return DroppedFilesText::tr(
                   "The folder %1 holds no model: expected ckpt-0, config.json, *.gguf or "
                   "*.safetensors in it.")
            .arg(file.name);
    }
    const QString suffix = info.suffix().toLower();
    if (suffix == QLatin1String("gscope")) {
        file.kind = DroppedFile::Kind::Recording;
        return {};
    }
    if (suffix == QLatin1String("gguf") || suffix == QLatin1String("safetensors")) {
        file.kind = DroppedFile::Kind::Model;
        if (suffix == QLatin1String("safetensors")) file.path = info.absolutePath();
        return {};
    }
    const bool archive = suffix == QLatin1String("zip") || suffix == QLatin1String("jsonl") ||
                         suffix == QLatin1String("chat");
    if (archive || info.fileName() == QLatin1String("conversations.json")) {
        file.kind = DroppedFile::Kind::Conversations;
        return {};
    }
    if (file.bytes == 0) return DroppedFilesText::tr("%1 is empty.").arg(file.name);
    if (file.bytes > kMostTextBytes)
        return DroppedFilesText::tr(
                   "%1 is too large for a message: %2, and at most %3 can be taken.")
            .arg(file.name, sizeText(file.bytes), bytesText(kMostTextBytes));
    return {};
}

}  // namespace

DropPlan planDrop(const QList<QUrl>& urls) {
    DropPlan plan;
    qint64 all = 0;
    for (const QUrl& url : urls) {
        DroppedFile file;
        if (const QString problem = judge(url, file); !problem.isEmpty()) return {{}, problem};
        if (file.kind == DroppedFile::Kind::Text) all += file.bytes;
        const bool opens =
            file.kind == DroppedFile::Kind::Model || file.kind == DroppedFile::Kind::Recording;
        if (!plan.files.isEmpty() && !opens && plan.files.first().kind != file.kind)
            return {{},
                    DroppedFilesText::tr(
                        "%1 and %2 are for different things: drop one kind of file at a time.")
                        .arg(plan.files.first().name, file.name)};
        if (urls.size() > 1 && opens)
            return {{},
                    DroppedFilesText::tr(
                        "%1 can only be opened alone: drop one model or recording, or several "
                        "text files.")
                        .arg(file.name)};
        plan.files << file;
    }
    if (plan.files.isEmpty())
        return {{}, DroppedFilesText::tr("There is no file in what was dropped.")};
    if (all > kMostTextsBytes)
        return {{},
                DroppedFilesText::tr(
                    "These files are too large for one message: %1, and at most %2 can be taken.")
                    .arg(sizeText(all), bytesText(kMostTextsBytes))};
    return plan;
}

QString DropPlan::headline() const {
    if (!problem.isEmpty()) return DroppedFilesText::tr("This cannot be taken");
    const DroppedFile& first = files.first();
    if (first.kind == DroppedFile::Kind::Model)
        return DroppedFilesText::tr("Open the model %1").arg(first.name);
    if (first.kind == DroppedFile::Kind::Recording)
        return DroppedFilesText::tr("Open the recording %1").arg(first.name);
    if (first.kind == DroppedFile::Kind::Conversations)
        return files.size() == 1
                   ? DroppedFilesText::tr("Import the conversations of %1").arg(first.name)
                   : DroppedFilesText::tr("Import the conversations of %1 files").arg(files.size());
    if (files.size() == 1) return DroppedFilesText::tr("Put %1 into the message").arg(first.name);
    return DroppedFilesText::tr("Put %1 files into the message").arg(files.size());
}

QString DropPlan::details() const {
    if (!problem.isEmpty()) return problem;
    if (files.first().kind != DroppedFile::Kind::Text) return {};
    qint64 all = 0;
    for (const DroppedFile& file : files) all += file.bytes;
    return sizeText(all);
}

QString fencedBlock(const QString& name, const QString& content) {
    qsizetype longest = 2;
    for (qsizetype at = 0; at < content.size();) {
        qsizetype end = at;
        while (end < content.size() && content[end] == QLatin1Char('`')) ++end;
        longest = qMax(longest, end - at);
        at = end + 1;
    }
    const QString fence(longest + 1, QLatin1Char('`'));
    QString block = name + QStringLiteral(":\n") + fence + QFileInfo(name).suffix() +
                    QLatin1Char('\n') + content;
    if (!block.endsWith(QLatin1Char('\n'))) block += QLatin1Char('\n');
    return block + fence + QLatin1Char('\n');
}

DroppedText readTexts(const QList<DroppedFile>& files) {
    QStringList blocks;
    for (const DroppedFile& dropped : files) {
        QFile file(dropped.path);
        if (!file.open(QIODevice::ReadOnly))
            return {{},
                    DroppedFilesText::tr("%1 cannot be read: %2")
                        .arg(dropped.name, file.errorString())};
        const QByteArray bytes = file.read(kMostTextBytes + 1);
        if (bytes.size() > kMostTextBytes)  // it grew since it was looked at
            return {{}, DroppedFilesText::tr("%1 is too large for a message.").arg(dropped.name)};
        // Stateless: a character that the file's end cuts off is an error, too.
        QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
        const QString text = decoder.decode(bytes);
        if (decoder.hasError() || bytes.contains('\0'))
            return {{},
                    DroppedFilesText::tr(
                        "%1 is no text: expected UTF-8. Models are dropped as .gguf or as their "
                        "folder, recordings as .gscope.")
                        .arg(dropped.name)};
        blocks << fencedBlock(dropped.name, text);
    }
    return {blocks.join(QLatin1Char('\n')), {}};
}

}  // namespace gatescope
