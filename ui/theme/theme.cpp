#include "ui/theme/theme.h"

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>
#include <algorithm>
#include <array>
#include <utility>

#include "engine/check.h"
#include "ui/theme/icon_engine.h"

// Q_INIT_RESOURCE declares a function of the global namespace; it is needed because the resources
// sit in a static library, whose initialisers the linker would drop.
static void initGatescopeResources() {
    Q_INIT_RESOURCE(gatescope);
}

namespace gatescope {
namespace {

struct PaletteEntry {
    ColorRole role;
    const char* name;  ///< as the style sheet writes it: @name@
    QRgb light;
    QRgb dark;
    QRgb highContrast;
};

// One restrained accent (blue) and one highlight (amber, the bright end of cividis, so that "this
// token" and "high probability" look related); everything else is a cool grey. In high contrast the
// grounds are black and edges are seen as edges.
constexpr std::array kPalette = {
    PaletteEntry{ColorRole::Window, "window", 0xfff6f7f9, 0xff0f1216, 0xff000000},
    PaletteEntry{ColorRole::Surface, "surface", 0xfffcfcfd, 0xff14181d, 0xff050505},
    PaletteEntry{ColorRole::Raised, "raised", 0xffffffff, 0xff1b2027, 0xff0e0e0e},
    PaletteEntry{ColorRole::Sunken, "sunken", 0xffedeff3, 0xff0b0e11, 0xff000000},
    PaletteEntry{ColorRole::Hover, "hover", 0xffeceff4, 0xff20262e, 0xff2a2a2a},
    PaletteEntry{ColorRole::Border, "border", 0xffe1e5ea, 0xff252b33, 0xff6e6e6e},
    PaletteEntry{ColorRole::BorderStrong, "border-strong", 0xffb9c1cc, 0xff434d59, 0xffa3a3a3},
    PaletteEntry{ColorRole::Text, "text", 0xff15191f, 0xffe7ebf0, 0xffffffff},
    PaletteEntry{ColorRole::TextMuted, "text-muted", 0xff505a67, 0xffa3aeba, 0xffe6e6e6},
    PaletteEntry{ColorRole::TextFaint, "text-faint", 0xff616b78, 0xff8793a0, 0xffcfcfcf},
    PaletteEntry{ColorRole::Accent, "accent", 0xff2360d8, 0xff6ba4ff, 0xff8ccbff},
    PaletteEntry{ColorRole::OnAccent, "on-accent", 0xffffffff, 0xff0a1424, 0xff000000},
    PaletteEntry{ColorRole::AccentSoft, "accent-soft", 0xffe3ecfd, 0xff1a2a44, 0xff003b6d},
    PaletteEntry{ColorRole::UserBubble, "user-bubble", 0xffe8eef8, 0xff1f2732, 0xff1b1b1b},
    PaletteEntry{ColorRole::Token, "token", 0xffb27a00, 0xffffcf4d, 0xffffd84a},
    PaletteEntry{ColorRole::TokenSoft, "token-soft", 0xffffedb8, 0xff4a3b12, 0xff4a3900},
    PaletteEntry{ColorRole::Warning, "warning", 0xff855800, 0xfff2bd55, 0xffffc857},
    PaletteEntry{ColorRole::WarningSoft, "warning-soft", 0xfffff3d3, 0xff322912, 0xff2a1d00},
    PaletteEntry{ColorRole::Error, "error", 0xffb9202a, 0xffff8b83, 0xffffaea6},
    PaletteEntry{ColorRole::ErrorSoft, "error-soft", 0xfffdeaea, 0xff371c1d, 0xff380808},
    PaletteEntry{ColorRole::Success, "success", 0xff1a7048, 0xff56cb92, 0xff7cebb0},
};

constexpr int kCursorFlashMs = 1000;  ///< Qt's own

QString firstFamily(const QStringList& wanted) {
    const QStringList present = QFontDatabase::families();
    for (const QString& family : wanted)
        if (present.contains(family)) return family;
    return wanted.last();
}

QString sheetNamed(const QString& name) {
    QFile file(QStringLiteral(":/gatescope/themes/%1.qss").arg(name));
    const bool opened = file.open(QIODevice::ReadOnly);
    GS_CHECK(opened);
    return QString::fromUtf8(file.readAll());
}

struct FontSpec {
    FontRole role;
    int pixels;
    QFont::Weight weight;
    bool mono;
};

constexpr std::array kFonts = {
    FontSpec{FontRole::Body, 13, QFont::Normal, false},
    FontSpec{FontRole::Reading, 15, QFont::Normal, false},
    FontSpec{FontRole::Strong, 13, QFont::DemiBold, false},
    FontSpec{FontRole::Small, 12, QFont::Normal, false},
    FontSpec{FontRole::Tiny, 11, QFont::Medium, false},
    FontSpec{FontRole::Title, 15, QFont::DemiBold, false},
    FontSpec{FontRole::Display, 22, QFont::DemiBold, false},
    FontSpec{FontRole::Mono, 13, QFont::Normal, true},
    FontSpec{FontRole::MonoSmall, 11, QFont::Normal, true},
};

}  // namespace

Theme::Theme(Mode mode, QObject* parent) : QObject(parent), mode_(mode) {
    initGatescopeResources();
    textFamily_ = firstFamily({QStringLiteral("Inter"), QStringLiteral("DejaVu Sans")});
    monoFamily_ =
        firstFamily({QStringLiteral("JetBrains Mono"), QStringLiteral("DejaVu Sans Mono")});
}

void Theme::changeTo() {
    apply();
    Q_EMIT changed();
}

void Theme::setMode(Mode mode) {
    if (mode_ == mode) return;
    mode_ = mode;
    changeTo();
}

QStringList Theme::names() {
    return {QStringLiteral("dark"), QStringLiteral("light"), QStringLiteral("high-contrast")};
}

QString Theme::name() const {
    switch (mode_) {
        case Mode::Dark:
            return names()[0];
        case Mode::Light:
            return names()[1];
        case Mode::HighContrast:
            break;
    }
    return names()[2];
}

bool Theme::setName(const QString& name) {
    constexpr std::array kModes{Mode::Dark, Mode::Light, Mode::HighContrast};
    const auto at = names().indexOf(name);
    if (at < 0) return false;
    setMode(kModes[static_cast<std::size_t>(at)]);
    return true;
}

void Theme::setScale(qreal scale) {
    GS_CHECK(scale > 0.2 && scale < 5);
    if (qFuzzyCompare(workspaceScale_, scale)) return;
    workspaceScale_ = scale;
    changeTo();
}

void Theme::setTextSize(int percent) {
    const int wanted = std::clamp(percent, kSmallestText, kLargestText);
    if (textSize_ == wanted) return;
    textSize_ = wanted;
    changeTo();
}

int Theme::textSizeBeside(int direction) const {
    constexpr std::array kOffered{kSmallestText, 90, 100, 110, 125, 150, 175, kLargestText};
    if (direction > 0) {
        const auto* above = std::upper_bound(kOffered.begin(), kOffered.end(), textSize_);
        return above == kOffered.end() ? kLargestText : *above;
    }
    const auto* here = std::lower_bound(kOffered.begin(), kOffered.end(), textSize_);
    return here == kOffered.begin() ? kSmallestText : *(here - 1);
}

void Theme::setReducedMotion(bool reduced) {
    if (reducedMotion_ == reduced) return;
    reducedMotion_ = reduced;
    changeTo();
}

QColor Theme::color(ColorRole role) const {
    const PaletteEntry& entry = kPalette[static_cast<std::size_t>(role)];
    GS_DCHECK(entry.role == role);
    return QColor::fromRgba(isHighContrast() ? entry.highContrast
                            : isDark()       ? entry.dark
                                             : entry.light);
}

QFont Theme::font(FontRole role) const {
    const FontSpec& spec = kFonts[static_cast<std::size_t>(role)];
    GS_DCHECK(spec.role == role);
    QFont font(spec.mono ? monoFamily_ : textFamily_);
    font.setPixelSize(qRound(spec.pixels * scale()));
    font.setWeight(spec.weight);
    if (spec.mono) font.setStyleHint(QFont::Monospace);
    return font;
}

int Theme::space(int steps) const {
    return qRound(4 * steps * scale());
}

QIcon Theme::icon(const QString& name, ColorRole role) const {
    return QIcon(new ThemeIconEngine(QPointer<const Theme>(this), name, role));
}

void Theme::apply() {
    if (!qApp->property("gatescopeFusion")
             .toBool()) {  // once: a style switch repolishes everything
        QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
        qApp->setProperty("gatescopeFusion", true);
    }
    QApplication::setCursorFlashTime(reducedMotion_ ? 0 : kCursorFlashMs);
    // Each is told to every widget.
    if (QApplication::font() != font(FontRole::Body)) QApplication::setFont(font(FontRole::Body));
    if (QApplication::palette() != palette()) QApplication::setPalette(palette());
    qApp->setStyleSheet(styleSheet());
}

QPalette Theme::palette() const {
    QPalette p;
    p.setColor(QPalette::Window, color(ColorRole::Window));
    p.setColor(QPalette::WindowText, color(ColorRole::Text));
    p.setColor(QPalette::Base, color(ColorRole::Raised));
    p.setColor(QPalette::AlternateBase, color(ColorRole::Surface));
    p.setColor(QPalette::Text, color(ColorRole::Text));
    p.setColor(QPalette::Button, color(ColorRole::Raised));
    p.setColor(QPalette::ButtonText, color(ColorRole::Text));
    p.setColor(QPalette::BrightText, color(ColorRole::Error));
    p.setColor(QPalette::Highlight, color(ColorRole::Accent));
    p.setColor(QPalette::HighlightedText, color(ColorRole::OnAccent));
    // Qt 6.4 leaves both at values that cannot be read on a dark window.
    p.setColor(QPalette::PlaceholderText, color(ColorRole::TextFaint));
    p.setColor(QPalette::Link, color(ColorRole::Accent));
    p.setColor(QPalette::LinkVisited, color(ColorRole::Accent));
    p.setColor(QPalette::ToolTipBase, color(ColorRole::Raised));
    p.setColor(QPalette::ToolTipText, color(ColorRole::Text));
    p.setColor(QPalette::Light, color(ColorRole::Hover));
    p.setColor(QPalette::Midlight, color(ColorRole::Border));
    p.setColor(QPalette::Mid, color(ColorRole::BorderStrong));
    p.setColor(QPalette::Dark, color(ColorRole::Border));
    p.setColor(QPalette::Shadow, Qt::black);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, color(ColorRole::BorderStrong));
    return p;
}

QString Theme::styleSheet() const {
    QString sheet = sheetNamed(QStringLiteral("gatescope"));
    if (isHighContrast()) sheet += sheetNamed(QStringLiteral("high-contrast"));
    for (const PaletteEntry& entry : kPalette)
        sheet.replace(QStringLiteral("@%1@").arg(QLatin1String(entry.name)),
                      color(entry.role).name());
    sheet.replace(QStringLiteral("@mode@"), name());
    for (int steps = 1; steps <= 10; ++steps)
        sheet.replace(QStringLiteral("@s%1@").arg(steps), QStringLiteral("%1px").arg(space(steps)));
    sheet.replace(QStringLiteral("@small@"),
                  QStringLiteral("%1px").arg(font(FontRole::Small).pixelSize()));
    sheet.replace(QStringLiteral("@tiny@"),
                  QStringLiteral("%1px").arg(font(FontRole::Tiny).pixelSize()));
    return sheet;
}

}  // namespace gatescope
