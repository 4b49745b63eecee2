#include "ui/window/file_drops.h"

#include <QDragEnterEvent>
#include <QMimeData>
#include <QPainter>

#include "ui/theme/theme.h"

namespace gatescope {

FileDrops::FileDrops(QWidget& window, const Theme& theme)
    : QWidget(&window), window_(window), theme_(theme) {
    setObjectName(QStringLiteral("dropSheet"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
    window_.setAcceptDrops(true);
    window_.installEventFilter(this);
}

void FileDrops::takeFilesFrom(QWidget& field) {
    field.installEventFilter(this);
}

bool FileDrops::eventFilter(QObject* watched, QEvent* event) {
    switch (event->type()) {
        case QEvent::DragEnter:
        case QEvent::DragMove: {
            auto* drag = static_cast<QDragMoveEvent*>(event);  // both are
            if (!drag->mimeData()->hasUrls()) break;
            if (isHidden()) {  // once a drag: it looks into folders
                plan_ = planDrop(drag->mimeData()->urls());
                setGeometry(window_.rect());
                setAccessibleName(plan_.headline() + QStringLiteral(". ") + plan_.details());
                show();
                raise();
            }
            // What cannot be taken is accepted, too: letting go then says why, and it stays said.
            drag->setDropAction(Qt::CopyAction);
            drag->accept();
            return true;
        }
        case QEvent::DragLeave:
            if (isHidden()) break;
            hide();
            return true;
        case QEvent::Drop: {
            auto* drop = static_cast<QDropEvent*>(event);
            if (!drop->mimeData()->hasUrls()) break;
            hide();
            drop->setDropAction(Qt::CopyAction);
            drop->accept();
            take(planDrop(drop->mimeData()->urls()));
            return true;
        }
        default:
            break;
    }
    return QWidget::eventFilter(watched, event);
}

void FileDrops::take(const DropPlan& plan) {
    if (!plan.problem.isEmpty()) {
        Q_EMIT refused(plan.problem);
        return;
    }
    const DroppedFile& first = plan.files.first();
    if (first.kind == DroppedFile::Kind::Model) {
        Q_EMIT modelDropped(first.path);
    } else if (first.kind == DroppedFile::Kind::Recording) {
        Q_EMIT recordingDropped(first.path);
    } else if (first.kind == DroppedFile::Kind::Conversations) {
        QStringList paths;
        for (const DroppedFile& file : plan.files) paths << file.path;
        Q_EMIT conversationsDropped(paths);
    } else if (const DroppedText read = readTexts(plan.files); !read.problem.isEmpty()) {
        Q_EMIT refused(read.problem);
    } else {
        Q_EMIT textDropped(read.text, plan.details());
    }
}

void FileDrops::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor veil = theme_.color(ColorRole::Window);
    veil.setAlpha(242);
    painter.fillRect(rect(), veil);
    const bool refuses = !plan_.problem.isEmpty();
    const QColor ink = theme_.color(refuses ? ColorRole::Error : ColorRole::Accent);
    const int margin = theme_.space(6);
    painter.setPen(QPen(ink, theme_.isHighContrast() ? 4 : 2, Qt::DashLine));
    painter.drawRoundedRect(rect().adjusted(margin, margin, -margin, -margin), 16, 16);
    const int icon = theme_.space(10);
    const QRect text = rect().adjusted(4 * margin, 0, -4 * margin, 0);
    const int top = height() / 2 - theme_.space(14);
    theme_
        .icon(refuses ? QStringLiteral("error") : QStringLiteral("down"),
              refuses ? ColorRole::Error : ColorRole::Accent)
        .paint(&painter, QRect((width() - icon) / 2, top, icon, icon));
    painter.setPen(theme_.color(ColorRole::Text));
    painter.setFont(theme_.font(FontRole::Display));
    QRect used;
    painter.drawText(QRect(text.left(), top + icon + theme_.space(3), text.width(), height()),
                     Qt::AlignHCenter | Qt::TextWordWrap,
                     plan_.headline(),
                     &used);
    painter.setPen(theme_.color(ColorRole::TextMuted));
    painter.setFont(theme_.font(FontRole::Reading));
    painter.drawText(QRect(text.left(), used.bottom() + theme_.space(2), text.width(), height()),
                     Qt::AlignHCenter | Qt::TextWordWrap,
                     plan_.details());
}

}  // namespace gatescope
