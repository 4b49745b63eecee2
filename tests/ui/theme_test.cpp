// The theme: contrast, icons, palette.

#include <QApplication>
#include <QDirIterator>
#include <QPalette>
#include <QSignalSpy>
#include <QTest>
#include <cmath>

#include "ui/theme/theme.h"
#include "ui/theme/tint_palette.h"

using namespace gatescope;

namespace {

/// WCAG 2.1, relative luminance and contrast ratio.
double luminance(const QColor& color) {
    const auto linear = [](double c) {
        return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
}

double contrast(const QColor& a, const QColor& b) {
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

/// Of 8-bit channels, the one that differs most.
int distance(const QColor& a, const QColor& b) {
    return std::max({std::abs(a.red() - b.red()),
                     std::abs(a.green() - b.green()),
                     std::abs(a.blue() - b.blue())});
}

}  // namespace

class ThemeTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void textCanBeReadOnEveryBackground_data();
    void textCanBeReadOnEveryBackground();
    void textCanBeReadOnEveryTint_data();
    void textCanBeReadOnEveryTint();
    void iconsAreThereAndFollowTheTheme();
    void switchingSignalsAndSetsThePalette();
    void scaleChangesTypeAndSpacing();
    void textSizeHoldsInEveryWorkspaceAndWithinItsLimits();
    void everyNameIsATheme();
};

void ThemeTest::textCanBeReadOnEveryBackground_data() {
    QTest::addColumn<int>("mode");
    QTest::newRow("light") << int(Theme::Mode::Light);
    QTest::newRow("dark") << int(Theme::Mode::Dark);
    QTest::newRow("high contrast") << int(Theme::Mode::HighContrast);
}

void ThemeTest::textCanBeReadOnEveryBackground() {
    QFETCH(int, mode);
    const Theme theme(static_cast<Theme::Mode>(mode));
    using enum ColorRole;
    const double least = theme.isHighContrast() ? 7.0 : 4.5;
    const auto check = [&](ColorRole on, ColorRole background) {
        const double ratio = contrast(theme.color(on), theme.color(background));
        QVERIFY2(
            ratio >= least,
            qPrintable(
                QStringLiteral("role %1 on %2: %3").arg(int(on)).arg(int(background)).arg(ratio)));
    };
    for (const ColorRole text : {Text, TextMuted, TextFaint})
        for (const ColorRole background : {Window, Surface, Raised, Sunken})
            check(text, background);
    for (const ColorRole background :
         {UserBubble, AccentSoft, TokenSoft, WarningSoft, ErrorSoft, Hover})
        check(Text, background);
    check(OnAccent, Accent);
    check(Warning, WarningSoft);
    check(Error, ErrorSoft);
    check(Accent, Window);
    if (!theme.isHighContrast()) return;
    for (const ColorRole seen : {Token, Warning, Error, Success, BorderStrong})
        for (const ColorRole background : {Window, Surface, Raised, Sunken})
            check(seen, background);
    for (const ColorRole background :
         {UserBubble, AccentSoft, TokenSoft, WarningSoft, ErrorSoft, Hover})
        check(TextMuted, background);
}

void ThemeTest::textCanBeReadOnEveryTint_data() {
    textCanBeReadOnEveryBackground_data();
}

void ThemeTest::textCanBeReadOnEveryTint() {
    QFETCH(int, mode);
    const Theme theme(static_cast<Theme::Mode>(mode));
    const QColor text = theme.color(ColorRole::Text);
    for (const ColorRole ground : {ColorRole::Window, ColorRole::UserBubble}) {
        const TintPalette palette(theme, theme.color(ground));
        const auto check = [&](const QColor& tint, const char* what, double at) {
            QVERIFY2(contrast(text, tint) >= (theme.isHighContrast() ? 7.0 : 4.5),
                     qPrintable(QStringLiteral("%1 %2: %3")
                                    .arg(QLatin1String(what))
                                    .arg(at)
                                    .arg(contrast(text, tint))));
        };
        for (int expert = 0; expert < TintPalette::kExpertColors; ++expert) {
            check(palette.expert(expert), "expert", expert);
            QCOMPARE(palette.expert(expert + 8), palette.expert(expert));
            QVERIFY(distance(theme.color(ground), palette.expert(expert)) >= 30);  // seen at all
            for (int other = 0; other < expert; ++other)
                QVERIFY(distance(palette.expert(expert), palette.expert(other)) >= 12);
        }
        for (int step = 0; step <= 100; ++step) check(palette.strength(step / 100.0), "step", step);
        QCOMPARE(palette.strength(0), theme.color(ground));
        QVERIFY(contrast(palette.strength(0), palette.strength(1)) > 1.5);
    }
}

void ThemeTest::iconsAreThereAndFollowTheTheme() {
    Theme theme(Theme::Mode::Dark);
    QDirIterator files(QStringLiteral(":/gatescope/icons"));
    int count = 0;
    while (files.hasNext()) {
        files.next();
        const QIcon icon = theme.icon(files.fileInfo().completeBaseName(), ColorRole::Text);
        const auto color = [&] {
            const QImage image = icon.pixmap(QSize(32, 32)).toImage();
            QColor strongest = Qt::transparent;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    if (image.pixelColor(x, y).alpha() > strongest.alpha())
                        strongest = image.pixelColor(x, y);
            return strongest;
        };
        theme.setMode(Theme::Mode::Dark);
        const QColor dark = color();
        QVERIFY2(dark.alpha() > 200, qPrintable(files.fileName()));
        theme.setMode(Theme::Mode::Light);
        QVERIFY2(color().lightness() + 100 < dark.lightness(), qPrintable(files.fileName()));
        ++count;
    }
    QVERIFY(count >= 20);
}

void ThemeTest::switchingSignalsAndSetsThePalette() {
    Theme theme(Theme::Mode::Dark);
    theme.apply();
    QSignalSpy changed(&theme, &Theme::changed);
    QVERIFY(theme.setName(QStringLiteral("light")));
    QVERIFY(theme.setName(QStringLiteral("light")));
    QCOMPARE(changed.count(), 1);
    QVERIFY(!theme.setName(QStringLiteral("sepia")));
    const QPalette palette = QApplication::palette();
    QVERIFY(contrast(palette.color(QPalette::Link), palette.color(QPalette::Base)) >= 4.5);
    QVERIFY(contrast(palette.color(QPalette::PlaceholderText), palette.color(QPalette::Base)) >=
            4.5);
    QVERIFY(!qApp->styleSheet().contains(QLatin1Char('@')));  // every name was filled in
}

void ThemeTest::scaleChangesTypeAndSpacing() {
    Theme theme;
    const int size = theme.font(FontRole::Reading).pixelSize();
    const int space = theme.space(4);
    theme.setScale(1.5);
    QCOMPARE(theme.space(4), space * 3 / 2);
    QVERIFY(theme.font(FontRole::Reading).pixelSize() > size);
}

void ThemeTest::textSizeHoldsInEveryWorkspaceAndWithinItsLimits() {
    Theme theme;
    const int size = theme.font(FontRole::Reading).pixelSize();
    theme.setTextSize(200);
    QCOMPARE(theme.font(FontRole::Reading).pixelSize(), 2 * size);
    theme.setScale(1.5);  // as Present does
    QCOMPARE(theme.font(FontRole::Reading).pixelSize(), 3 * size);
    theme.setScale(1.0);
    QCOMPARE(theme.textSize(), 200);
    theme.setTextSize(5000);
    QCOMPARE(theme.textSize(), Theme::kLargestText);
    theme.setTextSize(-3);
    QCOMPARE(theme.textSize(), Theme::kSmallestText);
    QList<int> sizes{theme.textSize()};
    while (theme.textSizeBeside(1) != theme.textSize()) {
        theme.setTextSize(theme.textSizeBeside(1));
        sizes << theme.textSize();
    }
    QCOMPARE(sizes, (QList<int>{80, 90, 100, 110, 125, 150, 175, 200}));
    theme.setTextSize(130);  // of a file edited by hand
    QCOMPARE(theme.textSizeBeside(1), 150);
    QCOMPARE(theme.textSizeBeside(-1), 125);
    theme.setTextSize(80);
    QCOMPARE(theme.textSizeBeside(-1), 80);
}

void ThemeTest::everyNameIsATheme() {
    Theme theme;
    QCOMPARE(Theme::names().size(), 3);
    for (const QString& name : Theme::names()) {
        QVERIFY(theme.setName(name));
        QCOMPARE(theme.name(), name);
        QVERIFY2(!qApp->styleSheet().contains(QLatin1Char('@')), qPrintable(name));
    }
}

QTEST_MAIN(ThemeTest)
#include "theme_test.moc"
