<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Alternatives</name>
    <message>
        <source>(end of text)</source>
        <translation>(Textende)</translation>
    </message>
    <message>
        <source>id %1</source>
        <translation>ID %1</translation>
    </message>
    <message>
        <source>“%1”: probability %2, rank %3; entropy %4 bits</source>
        <translation>„%1“: Wahrscheinlichkeit %2, Rang %3; Entropie %4 Bit</translation>
    </message>
    <message>
        <source>%1; put here by you</source>
        <translation>%1; hier selbst eingesetzt</translation>
    </message>
</context>
<context>
    <name>CellChange</name>
    <message>
        <source>routed around</source>
        <translation>umgangen</translation>
    </message>
    <message>
        <source>gate × %1</source>
        <translation>Gate × %1</translation>
    </message>
    <message>
        <source>weights of expert %1</source>
        <translation>Gewichte von Experte %1</translation>
    </message>
    <message>
        <source>logit %1%2</source>
        <translation>Logit %1%2</translation>
    </message>
</context>
<context>
    <name>CellMenu</name>
    <message>
        <source>%1 experts</source>
        <translation>%1 Experten</translation>
    </message>
    <message>
        <source>layer %1 expert %2</source>
        <translation>Layer %1 Experte %2</translation>
    </message>
    <message>
        <source>Scale its gate</source>
        <translation>Gate skalieren</translation>
    </message>
    <message>
        <source>Scale their gates</source>
        <translation>Gates skalieren</translation>
    </message>
    <message>
        <source>times %1</source>
        <translation>mal %1</translation>
    </message>
    <message>
        <source>Bias its router logit</source>
        <translation>Bias auf das Router-Logit</translation>
    </message>
    <message>
        <source>Bias their router logits</source>
        <translation>Bias auf die Router-Logits</translation>
    </message>
    <message>
        <source>plus %1</source>
        <translation>plus %1</translation>
    </message>
    <message>
        <source>minus %1</source>
        <translation>minus %1</translation>
    </message>
    <message>
        <source>Swap it with</source>
        <translation>Tauschen mit</translation>
    </message>
    <message>
        <source>expert %1</source>
        <translation>Experte %1</translation>
    </message>
    <message>
        <source>Experts a token, in layer %1</source>
        <translation>Experten je Token, in Layer %1</translation>
    </message>
    <message>
        <source>Experts a token, in these %1 layers</source>
        <translation>Experten je Token, in diesen %1 Layern</translation>
    </message>
    <message>
        <source>as all layers</source>
        <translation>wie alle Layer</translation>
    </message>
    <message>
        <source>the best %1</source>
        <translation>die besten %1</translation>
    </message>
    <message>
        <source>Experts a token, in all layers</source>
        <translation>Experten je Token, in allen Layern</translation>
    </message>
    <message>
        <source>as the model: %1</source>
        <translation>wie das Modell: %1</translation>
    </message>
    <message>
        <source>Ablate %1</source>
        <translation>%1 ablatieren</translation>
    </message>
    <message>
        <source>Route around it</source>
        <translation>Umgehen</translation>
    </message>
    <message>
        <source>Route around them</source>
        <translation>Alle umgehen</translation>
    </message>
    <message>
        <source>Force it</source>
        <translation>Erzwingen</translation>
    </message>
    <message>
        <source>Force them</source>
        <translation>Alle erzwingen</translation>
    </message>
    <message>
        <source>Clear this expert</source>
        <translation>Diesen Experten freigeben</translation>
    </message>
    <message>
        <source>Clear these experts</source>
        <translation>Diese Experten freigeben</translation>
    </message>
    <message>
        <source>Only for some tokens…</source>
        <translation>Nur für manche Token…</translation>
    </message>
    <message>
        <source>Clear all interventions</source>
        <translation>Alle Eingriffe aufheben</translation>
    </message>
</context>
<context>
    <name>ClearButton</name>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
</context>
<context>
    <name>ColorMap</name>
    <message>
        <source>cividis</source>
        <translation>cividis</translation>
    </message>
    <message>
        <source>viridis</source>
        <translation>viridis</translation>
    </message>
    <message>
        <source>grey</source>
        <translation>grau</translation>
    </message>
    <message>
        <source>blue-orange</source>
        <translation>blau-orange</translation>
    </message>
</context>
<context>
    <name>DroppedFiles</name>
    <message>
        <source>%1, about %2 tokens</source>
        <translation>%1, etwa %2 Token</translation>
    </message>
    <message>
        <source>%1 is not a file of this machine: save it first, then drop the file.</source>
        <translation>%1 ist keine Datei auf diesem Rechner: zuerst speichern, dann die Datei ablegen.</translation>
    </message>
    <message>
        <source>%1 is not there any more.</source>
        <translation>%1 ist nicht mehr vorhanden.</translation>
    </message>
    <message>
        <source>The folder %1 holds no model: expected ckpt-0, config.json, *.gguf or *.safetensors in it.</source>
        <translation>Der Ordner %1 enthält kein Modell: Erwartet wird ckpt-0, config.json, *.gguf oder *.safetensors.</translation>
    </message>
    <message>
        <source>%1 is empty.</source>
        <translation>%1 ist leer.</translation>
    </message>
    <message>
        <source>%1 is too large for a message: %2, and at most %3 can be taken.</source>
        <translation>%1 ist zu groß für eine Nachricht: %2, möglich sind höchstens %3.</translation>
    </message>
    <message>
        <source>%1 and %2 are for different things: drop one kind of file at a time.</source>
        <translation>%1 und %2 dienen verschiedenen Zwecken: immer nur eine Art von Dateien ablegen.</translation>
    </message>
    <message>
        <source>%1 can only be opened alone: drop one model or recording, or several text files.</source>
        <translation>%1 lässt sich nur allein öffnen: ein Modell, eine Aufzeichnung oder mehrere Textdateien ablegen.</translation>
    </message>
    <message>
        <source>There is no file in what was dropped.</source>
        <translation>Es wurde keine Datei abgelegt.</translation>
    </message>
    <message>
        <source>These files are too large for one message: %1, and at most %2 can be taken.</source>
        <translation>Diese Dateien sind zu groß für eine Nachricht: %1, möglich sind höchstens %2.</translation>
    </message>
    <message>
        <source>This cannot be taken</source>
        <translation>Das lässt sich nicht übernehmen</translation>
    </message>
    <message>
        <source>Open the model %1</source>
        <translation>Modell %1 öffnen</translation>
    </message>
    <message>
        <source>Open the recording %1</source>
        <translation>Aufzeichnung %1 öffnen</translation>
    </message>
    <message>
        <source>Import the conversations of %1</source>
        <translation>Gespräche aus %1 importieren</translation>
    </message>
    <message>
        <source>Import the conversations of %1 files</source>
        <translation>Gespräche aus %1 Dateien importieren</translation>
    </message>
    <message>
        <source>Put %1 into the message</source>
        <translation>%1 in die Nachricht einfügen</translation>
    </message>
    <message>
        <source>Put %1 files into the message</source>
        <translation>%1 Dateien in die Nachricht einfügen</translation>
    </message>
    <message>
        <source>%1 cannot be read: %2</source>
        <translation>%1 ist nicht lesbar: %2</translation>
    </message>
    <message>
        <source>%1 is too large for a message.</source>
        <translation>%1 ist zu groß für eine Nachricht.</translation>
    </message>
    <message>
        <source>%1 is no text: expected UTF-8. Models are dropped as .gguf or as their folder, recordings as .gscope.</source>
        <translation>%1 ist kein Text: Erwartet wird UTF-8. Modelle werden als .gguf oder als Ordner abgelegt, Aufzeichnungen als .gscope.</translation>
    </message>
</context>
<context>
    <name>EngineWords</name>
    <message>
        <source>loading</source>
        <translation>lädt</translation>
    </message>
    <message>
        <source>reading the prompt</source>
        <translation>liest den Prompt</translation>
    </message>
    <message>
        <source>generating</source>
        <translation>erzeugt</translation>
    </message>
    <message>
        <source>replay</source>
        <translation>Wiedergabe</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>no model</source>
        <translation>kein Modell</translation>
    </message>
    <message>
        <source>Continue the text</source>
        <translation>Text fortsetzen</translation>
    </message>
    <message>
        <source>The model goes on writing where your text ends. Nothing is added to it.</source>
        <translation>Das Modell schreibt dort weiter, wo der Text endet. Nichts wird hinzugefügt.</translation>
    </message>
    <message>
        <source>User / Assistant transcript</source>
        <translation>Transkript User / Assistant</translation>
    </message>
    <message>
        <source>Your text becomes a line of a transcript; the model writes the next one.</source>
        <translation>Der Text wird zu einer Zeile eines Transkripts; das Modell schreibt die nächste.</translation>
    </message>
    <message>
        <source>Few-shot questions and answers</source>
        <translation>Few-Shot: Fragen und Antworten</translation>
    </message>
    <message>
        <source>Two answered questions come first, so that a base model sees what an answer looks like.</source>
        <translation>Zwei beantwortete Fragen gehen voraus, damit ein Basismodell sieht, wie eine Antwort aussieht.</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>Temperature 0.7 within the likeliest 95 %: what a new profile starts with.</source>
        <translation>Temperatur 0,7 innerhalb der wahrscheinlichsten 95 %: Ausgangswert eines neuen Profils.</translation>
    </message>
    <message>
        <source>Greedy</source>
        <translation>Greedy</translation>
    </message>
    <message>
        <source>Always the likeliest token: the same reply every time.</source>
        <translation>Immer das wahrscheinlichste Token: jedes Mal dieselbe Antwort.</translation>
    </message>
    <message>
        <source>Varied</source>
        <translation>Abwechslungsreich</translation>
    </message>
    <message>
        <source>Temperature 1.1, without what is less than a twentieth as likely as the likeliest.</source>
        <translation>Temperatur 1,1, ohne alles, was weniger als ein Zwanzigstel so wahrscheinlich ist wie das Wahrscheinlichste.</translation>
    </message>
</context>
<context>
    <name>HeatmapFrame</name>
    <message>
        <source>first choice</source>
        <translation>erste Wahl</translation>
    </message>
    <message>
        <source>second choice</source>
        <translation>zweite Wahl</translation>
    </message>
    <message>
        <source>choice %1</source>
        <translation>Wahl %1</translation>
    </message>
    <message>
        <source>%1 to %2 over the last %3 tokens</source>
        <translation>%1 bis %2 über die letzten %3 Token</translation>
    </message>
    <message>
        <source>layer %1 expert %2</source>
        <translation>Layer %1 Experte %2</translation>
    </message>
    <message>
        <source>of %1 tokens</source>
        <translation>von %1 Token</translation>
    </message>
    <message>
        <source>gate %1</source>
        <translation>Gate %1</translation>
    </message>
    <message>
        <source>not selected</source>
        <translation>nicht gewählt</translation>
    </message>
    <message>
        <source>ablated</source>
        <translation>ablatiert</translation>
    </message>
    <message>
        <source>forced</source>
        <translation>erzwungen</translation>
    </message>
    <message>
        <source>top %1 in this layer</source>
        <translation>Top %1 in diesem Layer</translation>
    </message>
    <message>
        <source>mean %1</source>
        <translation>im Mittel %1</translation>
    </message>
</context>
<context>
    <name>HeatmapMode</name>
    <message>
        <source>Now</source>
        <translation>Jetzt</translation>
    </message>
    <message>
        <source>Router probabilities of one token</source>
        <translation>Router-Wahrscheinlichkeiten eines Tokens</translation>
    </message>
    <message>
        <source>router probability</source>
        <translation>Router-Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>p %1</source>
        <translation>p %1</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>Zuletzt</translation>
    </message>
    <message>
        <source>Mean router probability of the tokens up to this one; older ones count less, by half every half-life. Counted in tokens, prompt and reply alike</source>
        <translation>Mittlere Router-Wahrscheinlichkeit der Token bis zu diesem; ältere zählen weniger, je Halbwertszeit die Hälfte. Gezählt wird in Token, Prompt wie Antwort</translation>
    </message>
    <message>
        <source>fading mean of router probability</source>
        <translation>abklingendes Mittel der Router-Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>recent mean %1</source>
        <translation>Mittel zuletzt %1</translation>
    </message>
    <message>
        <source>Margin</source>
        <translation>Abstand</translation>
    </message>
    <message>
        <source>How far each expert is from the other side of the choice: selected ones from the best that was not (orange), the others from the last that was (blue)</source>
        <translation>Wie weit jeder Experte von der anderen Seite der Wahl entfernt ist: gewählte vom besten nicht gewählten (orange), die übrigen vom letzten gewählten (blau)</translation>
    </message>
    <message>
        <source>probability ahead of, or behind, the choice</source>
        <translation>Vorsprung oder Rückstand bei der Wahl (Wahrscheinlichkeit)</translation>
    </message>
    <message>
        <source>margin %1</source>
        <translation>Abstand %1</translation>
    </message>
    <message>
        <source>Routed mass</source>
        <translation>Geroutete Masse</translation>
    </message>
    <message>
        <source>Probability of the selected experts only; the bars say their sum</source>
        <translation>Nur die Wahrscheinlichkeit der gewählten Experten; die Balken zeigen ihre Summe</translation>
    </message>
    <message>
        <source>probability of the selected</source>
        <translation>Wahrscheinlichkeit der gewählten</translation>
    </message>
    <message>
        <source>routed %1</source>
        <translation>geroutet %1</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>Mean router probability over the tokens counted</source>
        <translation>Mittlere Router-Wahrscheinlichkeit über die gezählten Token</translation>
    </message>
    <message>
        <source>mean router probability</source>
        <translation>mittlere Router-Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>mean %1</source>
        <translation>Mittel %1</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>Anteil</translation>
    </message>
    <message>
        <source>How often each expert was selected, of the tokens counted</source>
        <translation>Wie oft jeder Experte gewählt wurde, bezogen auf die gezählten Token</translation>
    </message>
    <message>
        <source>share of tokens that selected it</source>
        <translation>Anteil der Token, die ihn wählten</translation>
    </message>
    <message>
        <source>share %1</source>
        <translation>Anteil %1</translation>
    </message>
    <message>
        <source>Minus uniform</source>
        <translation>Minus Gleichverteilung</translation>
    </message>
    <message>
        <source>Share of the tokens that selected it, minus what it would be by chance</source>
        <translation>Anteil der Token, die ihn wählten, minus des Anteils bei Zufall</translation>
    </message>
    <message>
        <source>share minus chance</source>
        <translation>Anteil minus Zufall</translation>
    </message>
    <message>
        <source>share %1 against chance</source>
        <translation>Anteil %1 gegenüber Zufall</translation>
    </message>
    <message>
        <source>Minus baseline</source>
        <translation>Minus Baseline</translation>
    </message>
    <message>
        <source>Share of the tokens that selected it, minus the same of the range pinned as baseline</source>
        <translation>Anteil der Token, die ihn wählten, minus desselben Anteils im Bereich, der als Baseline angeheftet ist</translation>
    </message>
    <message>
        <source>share minus the baseline&apos;s</source>
        <translation>Anteil minus Anteil der Baseline</translation>
    </message>
    <message>
        <source>share %1 against the baseline</source>
        <translation>Anteil %1 gegenüber der Baseline</translation>
    </message>
    <message>
        <source>z score</source>
        <translation>z-Wert</translation>
    </message>
    <message>
        <source>How many standard deviations of chance the count of each expert lies away from what chance would give</source>
        <translation>Um wie viele Standardabweichungen des Zufalls die Zahl jedes Experten von der bei Zufall erwarteten abweicht</translation>
    </message>
    <message>
        <source>standard deviations from chance</source>
        <translation>Standardabweichungen vom Zufall</translation>
    </message>
    <message>
        <source>z %1</source>
        <translation>z %1</translation>
    </message>
    <message>
        <source>margin</source>
        <translation>Abstand</translation>
    </message>
    <message>
        <source>mass</source>
        <translation>Masse</translation>
    </message>
    <message>
        <source>entropy</source>
        <translation>Entropie</translation>
    </message>
    <message>
        <source>decisive margin %1</source>
        <translation>entscheidender Abstand %1</translation>
    </message>
    <message>
        <source>routed mass %1</source>
        <translation>geroutete Masse %1</translation>
    </message>
    <message>
        <source>entropy %1 bits</source>
        <translation>Entropie %1 Bit</translation>
    </message>
</context>
<context>
    <name>HelpPages</name>
    <message>
        <source>Gatescope %1</source>
        <translation>Gatescope %1</translation>
    </message>
    <message>
        <source>Talk to a Grok-1 class mixture-of-experts model on your own machine and watch, token by token, which experts answer.

Apache-2.0. Built with Qt %1 (LGPL-3); a build with charts contains Qt Charts and is GPL-3 as a whole. docs/licences.md lists everything that is used.</source>
        <translation>Mit einem Mixture-of-Experts-Modell der Grok-1-Klasse auf dem eigenen Rechner chatten und Token für Token sehen, welche Experten antworten.

Apache-2.0. Erstellt mit Qt %1 (LGPL-3); eine Version mit Diagrammen enthält Qt Charts und steht als Ganzes unter der GPL-3. docs/licences.md führt alles auf, was verwendet wird.</translation>
    </message>
</context>
<context>
    <name>InspectionTables</name>
    <message>
        <source>the word itself (embedding)</source>
        <translation>das Wort selbst (Embedding)</translation>
    </message>
    <message>
        <source>layer %1 attention</source>
        <translation>Layer %1 Attention</translation>
    </message>
    <message>
        <source>layer %1 expert %2</source>
        <translation>Layer %1 Experte %2</translation>
    </message>
    <message>
        <source>rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>word</source>
        <translation>Wort</translation>
    </message>
    <message>
        <source>probability</source>
        <translation>Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>logit</source>
        <translation>Logit</translation>
    </message>
    <message>
        <source>layer</source>
        <translation>Layer</translation>
    </message>
    <message>
        <source>likeliest word</source>
        <translation>wahrscheinlichstes Wort</translation>
    </message>
    <message>
        <source>p</source>
        <translation>p</translation>
    </message>
    <message>
        <source>then</source>
        <translation>dann</translation>
    </message>
    <message>
        <source>p of the word</source>
        <translation>p des Worts</translation>
    </message>
    <message>
        <source>its rank</source>
        <translation>sein Rang</translation>
    </message>
    <message>
        <source>entropy (bits)</source>
        <translation>Entropie (Bit)</translation>
    </message>
    <message>
        <source>who</source>
        <translation>wer</translation>
    </message>
    <message>
        <source>gate</source>
        <translation>Gate</translation>
    </message>
    <message>
        <source>adds</source>
        <translation>Beitrag</translation>
    </message>
    <message>
        <source>token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>weight</source>
        <translation>Gewicht</translation>
    </message>
</context>
<context>
    <name>InterventionEdits</name>
    <message>
        <source>this conversation</source>
        <translation>diesem Gespräch</translation>
    </message>
</context>
<context>
    <name>InterventionWords</name>
    <message>
        <source>layer %1 expert %2</source>
        <translation>Layer %1 Experte %2</translation>
    </message>
    <message>
        <source>in layer %1</source>
        <translation>in Layer %1</translation>
    </message>
    <message>
        <source>in layers %1 to %2</source>
        <translation>in den Layern %1 bis %2</translation>
    </message>
    <message>
        <source>1 expert a token %1</source>
        <translation>1 Experte je Token %1</translation>
    </message>
    <message>
        <source>%1 experts a token %2</source>
        <translation>%1 Experten je Token %2</translation>
    </message>
    <message>
        <source>%1, and %2 more</source>
        <translation>%1 und %2 weitere</translation>
    </message>
    <message>
        <source>ablate %1</source>
        <translation>%1 ablatieren</translation>
    </message>
    <message>
        <source>route around %1</source>
        <translation>%1 umgehen</translation>
    </message>
    <message>
        <source>force %1</source>
        <translation>%1 erzwingen</translation>
    </message>
    <message>
        <source>bias %1 by %2</source>
        <translation>Bias von %2 auf %1</translation>
    </message>
    <message>
        <source>scale the gate of %1 by %2</source>
        <translation>Gate von %1 mal %2</translation>
    </message>
    <message>
        <source>swap experts %1 and %2 of layer %3</source>
        <translation>Experten %1 und %2 von Layer %3 tauschen</translation>
    </message>
    <message>
        <source>in all layers</source>
        <translation>in allen Layern</translation>
    </message>
    <message>
        <source>renormalise gates</source>
        <translation>Gates renormieren</translation>
    </message>
    <message>
        <source>hold to the routes of %1</source>
        <translation>auf die Routen von %1 festlegen</translation>
    </message>
    <message>
        <source>only for tokens like %1</source>
        <translation>nur für Token wie %1</translation>
    </message>
    <message>
        <source>clear all interventions</source>
        <translation>alle Eingriffe aufheben</translation>
    </message>
    <message>
        <source>take away: %1</source>
        <translation>zurücknehmen: %1</translation>
    </message>
    <message>
        <source>hold to other routes</source>
        <translation>auf andere Routen festlegen</translation>
    </message>
    <message>
        <source>Undo: %1</source>
        <translation>Rückgängig: %1</translation>
    </message>
    <message>
        <source>Undo intervention</source>
        <translation>Eingriff rückgängig machen</translation>
    </message>
    <message>
        <source>Redo: %1</source>
        <translation>Wiederholen: %1</translation>
    </message>
    <message>
        <source>Redo intervention</source>
        <translation>Eingriff wiederholen</translation>
    </message>
    <message>
        <source>ids (%1)</source>
        <translation>Ids (%1)</translation>
    </message>
    <message>
        <source>ranges (%1)</source>
        <translation>Bereiche (%1)</translation>
    </message>
</context>
<context>
    <name>LongTable</name>
    <message>
        <source>Show all %1 rows</source>
        <translation>Alle %1 Zeilen zeigen</translation>
    </message>
</context>
<context>
    <name>MessageFooter</name>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 min</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>interrupted: Gatescope ended before this reply was complete</source>
        <translation>unterbrochen: Gatescope wurde beendet, bevor diese Antwort fertig war</translation>
    </message>
    <message>
        <source>reached the token limit</source>
        <translation>Token-Limit erreicht</translation>
    </message>
    <message>
        <source>the context is full</source>
        <translation>der Kontext ist voll</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>Reading the prompt…</source>
        <translation>Der Prompt wird gelesen…</translation>
    </message>
    <message>
        <source>Reading the prompt: %1 of %2 tokens</source>
        <translation>Prompt wird gelesen: %1 von %2 Token</translation>
    </message>
    <message>
        <source>about %1 left</source>
        <translation>noch etwa %1</translation>
    </message>
    <message>
        <source>Esc stops it</source>
        <translation>Esc hält an</translation>
    </message>
    <message>
        <source>written by you</source>
        <translation>selbst geschrieben</translation>
    </message>
    <message>
        <source>imported</source>
        <translation>importiert</translation>
    </message>
    <message>
        <source>1 token</source>
        <translation>1 Token</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 Token</translation>
    </message>
    <message>
        <source>1 intervention</source>
        <translation>1 Eingriff</translation>
    </message>
    <message>
        <source>%1 interventions</source>
        <translation>%1 Eingriffe</translation>
    </message>
    <message>
        <source>%1 tokens/s with drafts</source>
        <translation>%1 Token/s mit Entwürfen</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 Token/s</translation>
    </message>
    <message>
        <source>%1 of %2 reused</source>
        <translation>%1 von %2 wiederverwendet</translation>
    </message>
    <message>
        <source>first after %1 s</source>
        <translation>erstes Token nach %1 s</translation>
    </message>
    <message>
        <source>prompt %1 tokens/s</source>
        <translation>Prompt %1 Token/s</translation>
    </message>
    <message>
        <source>The prompt has %1 tokens; %2 of them were known and not computed again.</source>
        <translation>Der Prompt hat %1 Token; %2 davon waren bekannt und wurden nicht neu berechnet.</translation>
    </message>
    <message>
        <source>The other %1 took %2 s: %3 a second.</source>
        <translation>Die übrigen %1 brauchten %2 s: %3 pro Sekunde.</translation>
    </message>
    <message>
        <source>The first token came after %1 s.</source>
        <translation>Das erste Token kam nach %1 s.</translation>
    </message>
    <message>
        <source>The %1 behind it came at %2 a second.</source>
        <translation>Die %1 danach kamen mit %2 pro Sekunde.</translation>
    </message>
    <message>
        <source>Of %1 drafted tokens %2 were right.</source>
        <translation>Von %1 entworfenen Token waren %2 richtig.</translation>
    </message>
</context>
<context>
    <name>PaletteEntries</name>
    <message>
        <source>Write as: %1</source>
        <translation>Schreiben als: %1</translation>
    </message>
    <message>
        <source>Prompt template</source>
        <translation>Prompt-Vorlage</translation>
    </message>
    <message>
        <source>Reply settings: %1</source>
        <translation>Antwort-Einstellungen: %1</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>Voreinstellung</translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation>%1 öffnen</translation>
    </message>
    <message>
        <source>Recent model › %1</source>
        <translation>Zuletzt geöffnetes Modell › %1</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>Gespräch</translation>
    </message>
</context>
<context>
    <name>StatisticText</name>
    <message>
        <source>selections</source>
        <translation>Auswahlen</translation>
    </message>
    <message>
        <source>share of selections</source>
        <translation>Anteil der Auswahlen</translation>
    </message>
    <message>
        <source>co-activation</source>
        <translation>Koaktivierung</translation>
    </message>
    <message>
        <source>share of tokens</source>
        <translation>Anteil der Token</translation>
    </message>
    <message>
        <source>lift</source>
        <translation>Lift</translation>
    </message>
    <message>
        <source>phi</source>
        <translation>Phi</translation>
    </message>
    <message>
        <source>first choices</source>
        <translation>Erstwahlen</translation>
    </message>
    <message>
        <source>selected</source>
        <translation>gewählt</translation>
    </message>
    <message>
        <source>probability</source>
        <translation>Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>share of first choices</source>
        <translation>Anteil der Erstwahlen</translation>
    </message>
    <message>
        <source>favourite&apos;s share</source>
        <translation>Anteil des Favoriten</translation>
    </message>
    <message>
        <source>difference</source>
        <translation>Differenz</translation>
    </message>
    <message>
        <source>weight</source>
        <translation>Gewicht</translation>
    </message>
    <message>
        <source>entropy (bits)</source>
        <translation>Entropie (Bit)</translation>
    </message>
    <message>
        <source>margin</source>
        <translation>Abstand</translation>
    </message>
    <message>
        <source>routed mass</source>
        <translation>geroutete Masse</translation>
    </message>
    <message>
        <source>information (bits)</source>
        <translation>Information (Bit)</translation>
    </message>
    <message>
        <source>information of mass (bits)</source>
        <translation>Information der Masse (Bit)</translation>
    </message>
    <message>
        <source>too few to say</source>
        <translation>zu wenige für eine Aussage</translation>
    </message>
    <message>
        <source>below the band</source>
        <translation>unter dem Band</translation>
    </message>
    <message>
        <source>within the band</source>
        <translation>innerhalb des Bands</translation>
    </message>
    <message>
        <source>above the band</source>
        <translation>über dem Band</translation>
    </message>
    <message>
        <source>%1 observations</source>
        <translation>%1 Beobachtungen</translation>
    </message>
    <message>
        <source>by chance %1</source>
        <translation>bei Zufall %1</translation>
    </message>
    <message>
        <source> (%1 to %2)</source>
        <translation> (%1 bis %2)</translation>
    </message>
</context>
<context>
    <name>gatescope::AlignedText</name>
    <message>
        <source>Both texts, aligned by token</source>
        <translation>Beide Texte, nach Token ausgerichtet</translation>
    </message>
    <message>
        <source>A</source>
        <translation>A</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>KL</source>
        <translation>KL</translation>
    </message>
    <message>
        <source>The same in both: %1</source>
        <translation>In beiden gleich: %1</translation>
    </message>
    <message>
        <source>A has %1, B has %2</source>
        <translation>A hat %1, B hat %2</translation>
    </message>
    <message>
        <source>Only in A: %1</source>
        <translation>Nur in A: %1</translation>
    </message>
    <message>
        <source>Only in B: %1</source>
        <translation>Nur in B: %1</translation>
    </message>
    <message>
        <source>KL of the distributions it was drawn from: %1 bit</source>
        <translation>KL der Verteilungen, aus denen es gezogen wurde: %1 Bit</translation>
    </message>
    <message>
        <source>most likely here: %1 with A&apos;s interventions, %2 with B&apos;s</source>
        <translation>am wahrscheinlichsten hier: %1 mit den Eingriffen von A, %2 mit denen von B</translation>
    </message>
</context>
<context>
    <name>gatescope::AlternativesCard</name>
    <message>
        <source>Alternatives of the token, the likeliest first</source>
        <translation>Alternativen des Tokens, die wahrscheinlichste zuerst</translation>
    </message>
    <message>
        <source>only tokens that the model wrote have alternatives</source>
        <translation>nur vom Modell geschriebene Token haben Alternativen</translation>
    </message>
    <message>
        <source>this reply was kept before alternatives were recorded</source>
        <translation>diese Antwort wurde gespeichert, bevor Alternativen aufgezeichnet wurden</translation>
    </message>
    <message>
        <source>rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>word</source>
        <translation>Wort</translation>
    </message>
    <message>
        <source>probability</source>
        <translation>Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>id</source>
        <translation>ID</translation>
    </message>
    <message>
        <source>A recording is only looked at: it cannot go on.</source>
        <translation>Eine Aufzeichnung lässt sich nur ansehen, nicht fortsetzen.</translation>
    </message>
    <message>
        <source>Open the model to go on from another word.</source>
        <translation>Zum Fortsetzen mit einem anderen Wort das Modell öffnen.</translation>
    </message>
    <message>
        <source>Stop the reply to go on from another word.</source>
        <translation>Zum Fortsetzen mit einem anderen Wort die Antwort anhalten.</translation>
    </message>
    <message>
        <source>Enter or a click goes on from that word, in a version of the reply beside this one.</source>
        <translation>Eingabe oder ein Klick setzt mit diesem Wort fort, als Version der Antwort neben dieser.</translation>
    </message>
</context>
<context>
    <name>gatescope::AttentionMapView</name>
    <message>
        <source>evenly 1/(t + 1): %1 to %2</source>
        <translation>gleichverteilt 1/(t + 1): %1 bis %2</translation>
    </message>
    <message>
        <source>weight; rows add up to 1</source>
        <translation>Gewicht; die Zeilen ergeben je 1</translation>
    </message>
    <message>
        <source>↓ token that looks   token looked at →</source>
        <translation>↓ Token, das blickt   Token im Blick →</translation>
    </message>
</context>
<context>
    <name>gatescope::AttentionPanel</name>
    <message>
        <source>Point at a pair for its weight; a click picks the token that looks</source>
        <translation>Zeigen auf ein Paar nennt sein Gewicht; ein Klick markiert das Token, das blickt</translation>
    </message>
    <message>
        <source>layer </source>
        <translation>Layer </translation>
    </message>
    <message>
        <source>Layer of the head</source>
        <translation>Layer des Heads</translation>
    </message>
    <message>
        <source>head </source>
        <translation>Head </translation>
    </message>
    <message>
        <source>Query head</source>
        <translation>Query-Head</translation>
    </message>
    <message>
        <source>Make the map</source>
        <translation>Karte erstellen</translation>
    </message>
    <message>
        <source>Computes the tokens of the range picked once more, or all of them without one</source>
        <translation>Berechnet die Token des markierten Bereichs noch einmal, ohne Bereich alle</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Token %1 “%2” looks at token %3 “%4”: %5, evenly %6</source>
        <translation>Token %1 „%2“ blickt auf Token %3 „%4“: %5, gleichverteilt %6</translation>
    </message>
    <message>
        <source>Computing…</source>
        <translation>Wird berechnet…</translation>
    </message>
    <message>
        <source>No token yet. Send a message first.</source>
        <translation>Noch kein Token. Zuerst eine Nachricht senden.</translation>
    </message>
    <message>
        <source>Choose a head and make its map: how much each token looked at those before it. Nothing is computed before.</source>
        <translation>Einen Head wählen und seine Karte erstellen: wie stark jedes Token auf die vorherigen blickte. Vorher wird nichts berechnet.</translation>
    </message>
    <message>
        <source>Where a head looked is computed anew, which takes the model: open it first.</source>
        <translation>Wohin ein Head blickte, wird neu berechnet. Das braucht das Modell: zuerst öffnen.</translation>
    </message>
    <message>
        <source>Layer %1, head %2: where tokens %3 to %4 looked</source>
        <translation>Layer %1, Head %2: wohin die Token %3 bis %4 blickten</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>, zählt noch</translation>
    </message>
    <message>
        <source> · on average %1 at the first token and %2 at themselves, evenly %3</source>
        <translation> · im Mittel %1 auf das erste Token und %2 auf sich selbst, gleichverteilt %3</translation>
    </message>
    <message>
        <source> · a CSV file has tokens %1 to %2</source>
        <translation> · eine CSV-Datei enthält die Token %1 bis %2</translation>
    </message>
    <message>
        <source>%1 “%2”</source>
        <translation>%1 „%2“</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>Attention</translation>
    </message>
</context>
<context>
    <name>gatescope::Banner</name>
    <message>
        <source>Dismiss</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>gatescope::BranchRouting</name>
    <message>
        <source>%1 generated tokens</source>
        <translation>%1 erzeugte Token</translation>
    </message>
    <message>
        <source>%1 prompt tokens</source>
        <translation>%1 Prompt-Token</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 Token</translation>
    </message>
    <message>
        <source> of %1 to %2</source>
        <translation> von %1 bis %2</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>, zählt noch</translation>
    </message>
</context>
<context>
    <name>gatescope::ChartCanvas</name>
    <message>
        <source>Make this dock higher to see the drawing</source>
        <translation>Dock höher ziehen, um die Zeichnung zu sehen</translation>
    </message>
</context>
<context>
    <name>gatescope::ChartFrame</name>
    <message>
        <source>Saved %1</source>
        <translation>Gespeichert: %1</translation>
    </message>
    <message>
        <source>SVG pictures (*.svg)</source>
        <translation>SVG-Bilder (*.svg)</translation>
    </message>
    <message>
        <source>PNG pictures (*.png)</source>
        <translation>PNG-Bilder (*.png)</translation>
    </message>
    <message>
        <source>CSV tables (*.csv)</source>
        <translation>CSV-Tabellen (*.csv)</translation>
    </message>
    <message>
        <source>Export %1</source>
        <translation>%1 exportieren</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Tabelle</translation>
    </message>
    <message>
        <source>Show the numbers instead of the drawing</source>
        <translation>Zahlen statt der Zeichnung zeigen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Export what is shown into a file</source>
        <translation>Das Gezeigte in eine Datei exportieren</translation>
    </message>
    <message>
        <source>Drawing as SVG…</source>
        <translation>Zeichnung als SVG…</translation>
    </message>
    <message>
        <source>Drawing as PNG…</source>
        <translation>Zeichnung als PNG…</translation>
    </message>
    <message>
        <source>Numbers as CSV…</source>
        <translation>Zahlen als CSV…</translation>
    </message>
    <message>
        <source>The chart&apos;s numbers as a table</source>
        <translation>Zahlen des Diagramms als Tabelle</translation>
    </message>
</context>
<context>
    <name>gatescope::ChatPanel</name>
    <message>
        <source>Filter tokens by routing and text (Ctrl+Shift+L)</source>
        <translation>Token nach Routing und Text filtern (Strg+Umschalt+L)</translation>
    </message>
    <message>
        <source>Filter tokens</source>
        <translation>Token filtern</translation>
    </message>
    <message>
        <source>No model yet</source>
        <translation>Noch kein Modell</translation>
    </message>
    <message>
        <source>Open one to talk to it and watch which experts answer, or try the small model that comes with Gatescope.</source>
        <translation>Ein Modell öffnen, um damit zu chatten und zu sehen, welche Experten antworten, oder das kleine Modell ausprobieren, das Gatescope mitbringt.</translation>
    </message>
    <message>
        <source>Open one to talk to it and watch which experts answer.</source>
        <translation>Ein Modell öffnen, um damit zu chatten und zu sehen, welche Experten antworten.</translation>
    </message>
    <message>
        <source>Open a model…</source>
        <translation>Modell öffnen…</translation>
    </message>
    <message>
        <source>Open the demo model</source>
        <translation>Demomodell öffnen</translation>
    </message>
    <message>
        <source>No conversation yet</source>
        <translation>Noch kein Gespräch</translation>
    </message>
    <message>
        <source>Write something below. The model continues it, and every token shows which experts it went through.</source>
        <translation>Unten etwas schreiben. Das Modell setzt es fort, und jedes Token zeigt, durch welche Experten es ging.</translation>
    </message>
    <message>
        <source>Start Gatescope again</source>
        <translation>Gatescope neu starten</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>Neuer Chat</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>Aufzeichnung</translation>
    </message>
</context>
<context>
    <name>gatescope::ChatView</name>
    <message>
        <source>Conversation</source>
        <translation>Gespräch</translation>
    </message>
    <message>
        <source>Jump to latest</source>
        <translation>Zum Neuesten springen</translation>
    </message>
    <message>
        <source>Copy code</source>
        <translation>Code kopieren</translation>
    </message>
    <message>
        <source>Open this address</source>
        <translation>Diese Adresse öffnen</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>Adresse kopieren</translation>
    </message>
    <message>
        <source>Showing all…</source>
        <translation>Alles wird gezeigt…</translation>
    </message>
    <message>
        <source>Show all (%1)</source>
        <translation>Alles zeigen (%1)</translation>
    </message>
    <message>
        <source>Show all of this message, %1</source>
        <translation>Ganze Nachricht zeigen, %1</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation>Nachricht kopieren</translation>
    </message>
    <message>
        <source>Alternatives of this token	A</source>
        <translation>Alternativen dieses Tokens	A</translation>
    </message>
    <message>
        <source>Show replies</source>
        <translation>Antworten zeigen</translation>
    </message>
    <message>
        <source>Formatted</source>
        <translation>Formatiert</translation>
    </message>
    <message>
        <source>As written</source>
        <translation>Wie geschrieben</translation>
    </message>
    <message>
        <source>Token by token</source>
        <translation>Token für Token</translation>
    </message>
    <message>
        <source>Clear the token range</source>
        <translation>Token-Bereich aufheben</translation>
    </message>
    <message>
        <source>Edit and send again</source>
        <translation>Bearbeiten und neu senden</translation>
    </message>
    <message>
        <source>Edit this reply</source>
        <translation>Diese Antwort bearbeiten</translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation>Neu erzeugen</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Alles zeigen</translation>
    </message>
    <message>
        <source>All versions…</source>
        <translation>Alle Versionen…</translation>
    </message>
    <message>
        <source>Delete this version and what follows</source>
        <translation>Diese Version und alles Folgende löschen</translation>
    </message>
    <message>
        <source>Delete this message and what follows</source>
        <translation>Diese Nachricht und alles Folgende löschen</translation>
    </message>
    <message>
        <source>In the conversation</source>
        <translation>Im Gespräch</translation>
    </message>
    <message>
        <source>Alternatives of the token picked</source>
        <translation>Alternativen des markierten Tokens</translation>
    </message>
    <message>
        <source>Show all rows</source>
        <translation>Alle Zeilen zeigen</translation>
    </message>
</context>
<context>
    <name>gatescope::CoactivationPanel</name>
    <message>
        <source>What the cells show</source>
        <translation>Was die Zellen zeigen</translation>
    </message>
    <message>
        <source>co-activation</source>
        <translation>Koaktivierung</translation>
    </message>
    <message>
        <source>lift</source>
        <translation>Lift</translation>
    </message>
    <message>
        <source>phi</source>
        <translation>Phi</translation>
    </message>
    <message>
        <source>Of the tokens that selected the row&apos;s expert, how many selected the column&apos;s too</source>
        <translation>Wie viele der Token, die den Experten der Zeile wählten, auch den der Spalte wählten</translation>
    </message>
    <message>
        <source>How much more often together than their loads say</source>
        <translation>Wie viel öfter gemeinsam, als ihre Auslastungen erwarten lassen</translation>
    </message>
    <message>
        <source>Correlation of the two selections, -1 to 1</source>
        <translation>Korrelation der beiden Auswahlen, −1 bis 1</translation>
    </message>
    <message>
        <source>Point at a cell for its numbers; a click picks the row&apos;s expert</source>
        <translation>Zeigen auf eine Zelle nennt ihre Zahlen; ein Klick markiert den Experten der Zeile</translation>
    </message>
    <message>
        <source>expert</source>
        <translation>Experte</translation>
    </message>
    <message>
        <source>selected together with</source>
        <translation>gemeinsam gewählt mit</translation>
    </message>
    <message>
        <source>Expert %1 was selected by %2 tokens</source>
        <translation>Experte %1 wurde von %2 Token gewählt</translation>
    </message>
    <message>
        <source>Expert %1 with %2: %3 %4 · %5 tokens selected both · %6</source>
        <translation>Experte %1 mit %2: %3 %4 · %5 Token wählten beide · %6</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>Noch kein Token zu zählen.</translation>
    </message>
    <message>
        <source>Layer %1 · %2 · chance %3 · outside the 95 % band: %4 of %5 (chance alone: 5 in 100)</source>
        <translation>Layer %1 · %2 · Zufall %3 · außerhalb des 95-%-Bands: %4 von %5 (bei reinem Zufall: 5 von 100)</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>, zählt noch</translation>
    </message>
    <message>
        <source>Co-activation</source>
        <translation>Koaktivierung</translation>
    </message>
</context>
<context>
    <name>gatescope::CommandPalette</name>
    <message>
        <source>Command palette</source>
        <translation>Befehlspalette</translation>
    </message>
    <message>
        <source>Find a command</source>
        <translation>Befehl suchen</translation>
    </message>
    <message>
        <source>Type a command, a view, a conversation…</source>
        <translation>Befehl, Ansicht oder Gespräch…</translation>
    </message>
    <message>
        <source>Commands found</source>
        <translation>Gefundene Befehle</translation>
    </message>
    <message>
        <source>Nothing is called so.</source>
        <translation>Nichts heißt so.</translation>
    </message>
    <message>
        <source>Up and Down choose, Enter runs, Esc closes</source>
        <translation>Auf und Ab wählen, Eingabe führt aus, Esc schließt</translation>
    </message>
    <message>
        <source>Not available now.</source>
        <translation>Jetzt nicht verfügbar.</translation>
    </message>
</context>
<context>
    <name>gatescope::ComparePanel</name>
    <message>
        <source>Compare with a recording</source>
        <translation>Mit einer Aufzeichnung vergleichen</translation>
    </message>
    <message>
        <source>Gatescope recordings (*.gscope)</source>
        <translation>Gatescope-Aufzeichnungen (*.gscope)</translation>
    </message>
    <message>
        <source>choose a run</source>
        <translation>Lauf wählen</translation>
    </message>
    <message>
        <source>versions %1 and %2: the last reply has %3</source>
        <translation>Versionen %1 und %2: Die letzte Antwort hat %3</translation>
    </message>
    <message>
        <source>There is no reply that could be run again now.</source>
        <translation>Zurzeit gibt es keine Antwort, die sich neu ausführen lässt.</translation>
    </message>
    <message>
        <source>Nothing would differ: ablate, force or bias an expert in the heatmap first.</source>
        <translation>Es gäbe keinen Unterschied: zuerst in der Heatmap einen Experten ablatieren, erzwingen oder mit Bias versehen.</translation>
    </message>
    <message>
        <source>%1 tokens alike, %2 replaced, %3 only in A, %4 only in B.</source>
        <translation>%1 Token gleich, %2 ersetzt, %3 nur in A, %4 nur in B.</translation>
    </message>
    <message>
        <source>No routing to compare.</source>
        <translation>Kein Routing zu vergleichen.</translation>
    </message>
    <message>
        <source>Routing is being compared.</source>
        <translation>Das Routing wird verglichen.</translation>
    </message>
    <message>
        <source>Over the %1 alike, %2 % of the experts are the same (by chance %3 %).</source>
        <translation>Bei den %1 gleichen sind %2 % der Experten dieselben (bei Zufall %3 %).</translation>
    </message>
    <message>
        <source>Routing over all tokens of each, as few are alike.</source>
        <translation>Routing jeweils über alle Token, da nur wenige gleich sind.</translation>
    </message>
    <message>
        <source>%1 of %2 cells differ by more than noise (by luck about %3).</source>
        <translation>%1 von %2 Zellen weichen stärker ab als das Rauschen (durch Zufall etwa %3).</translation>
    </message>
    <message>
        <source>Mean KL %1 bit a token; a full bar is %2 bit.</source>
        <translation>Mittlere KL %1 Bit je Token; ein voller Balken ist %2 Bit.</translation>
    </message>
    <message>
        <source>Run again with interventions</source>
        <translation>Mit Eingriffen neu ausführen</translation>
    </message>
    <message>
        <source>Run again without interventions</source>
        <translation>Ohne Eingriffe neu ausführen</translation>
    </message>
    <message>
        <source>The last reply once more with its seed, %1</source>
        <translation>Die letzte Antwort noch einmal mit ihrem Seed, %1</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Measure KL</source>
        <translation>KL messen</translation>
    </message>
    <message>
        <source>How far each next-token distribution of A moves under B&apos;s interventions; both are computed</source>
        <translation>Wie weit sich jede Verteilung des nächsten Tokens von A unter den Eingriffen von B verschiebt; beide werden berechnet</translation>
    </message>
    <message>
        <source>Two replies to the same question, side by side.

Change an expert in the heatmap and run the last reply again, or choose two runs above.</source>
        <translation>Zwei Antworten auf dieselbe Frage, nebeneinander.

In der Heatmap einen Experten ändern und die letzte Antwort neu ausführen oder oben zwei Läufe wählen.</translation>
    </message>
    <message>
        <source>Progress of the measurement</source>
        <translation>Fortschritt der Messung</translation>
    </message>
    <message>
        <source>points of router probability: blue more in A, orange more in B</source>
        <translation>Prozentpunkte der Router-Wahrscheinlichkeit: blau mehr in A, orange mehr in B</translation>
    </message>
    <message>
        <source>within the noise</source>
        <translation>innerhalb des Rauschens</translation>
    </message>
    <message>
        <source>A</source>
        <translation>A</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>Run A</source>
        <translation>Lauf A</translation>
    </message>
    <message>
        <source>Run B</source>
        <translation>Lauf B</translation>
    </message>
    <message>
        <source>N seeds…</source>
        <translation>N Seeds…</translation>
    </message>
    <message>
        <source>Continues the prompt of A and B with many seeds, as A and as B</source>
        <translation>Setzt den Prompt von A und B mit vielen Seeds fort, einmal wie A, einmal wie B</translation>
    </message>
    <message>
        <source>Two prompts…</source>
        <translation>Zwei Prompts…</translation>
    </message>
    <message>
        <source>Continue two texts with the same seed</source>
        <translation>Zwei Texte mit demselben Seed fortsetzen</translation>
    </message>
    <message>
        <source>Recording…</source>
        <translation>Aufzeichnung…</translation>
    </message>
    <message>
        <source>Compare with the conversation of a .gscope file</source>
        <translation>Mit dem Gespräch einer .gscope-Datei vergleichen</translation>
    </message>
    <message>
        <source>Text A, as the model reads it</source>
        <translation>Text A, wie ihn das Modell liest</translation>
    </message>
    <message>
        <source>Text B</source>
        <translation>Text B</translation>
    </message>
    <message>
        <source>Run both</source>
        <translation>Beide ausführen</translation>
    </message>
</context>
<context>
    <name>gatescope::Comparison</name>
    <message>
        <source>There is nothing to compare yet.</source>
        <translation>Noch gibt es nichts zu vergleichen.</translation>
    </message>
    <message>
        <source>Both sides have the same interventions, so their distributions are the same.</source>
        <translation>Beide Seiten haben dieselben Eingriffe, also auch dieselben Verteilungen.</translation>
    </message>
    <message>
        <source>No model is open: open the one that wrote A.</source>
        <translation>Es ist kein Modell offen: das öffnen, das A geschrieben hat.</translation>
    </message>
    <message>
        <source>Another model is open than the one that wrote A.</source>
        <translation>Es ist ein anderes Modell offen als das, das A geschrieben hat.</translation>
    </message>
    <message>
        <source>A reply is being written.</source>
        <translation>Eine Antwort wird gerade geschrieben.</translation>
    </message>
</context>
<context>
    <name>gatescope::Composer</name>
    <message>
        <source>Message</source>
        <translation>Nachricht</translation>
    </message>
    <message>
        <source>Write a message…</source>
        <translation>Nachricht schreiben…</translation>
    </message>
    <message>
        <source>Prompt template</source>
        <translation>Prompt-Vorlage</translation>
    </message>
    <message>
        <source>Prompt templates, and what the model reads (Ctrl+Shift+P)</source>
        <translation>Prompt-Vorlagen, und was das Modell liest (Strg+Umschalt+P)</translation>
    </message>
    <message>
        <source>Prompt templates</source>
        <translation>Prompt-Vorlagen</translation>
    </message>
    <message>
        <source>How replies are drawn: temperature, top-p, seed… (Ctrl+,)</source>
        <translation>Wie Antworten gezogen werden: Temperatur, top-p, Seed… (Strg+,)</translation>
    </message>
    <message>
        <source>Reply settings</source>
        <translation>Antwort-Einstellungen</translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation>Senden (Eingabe)</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>Stop (Esc)</source>
        <translation>Anhalten (Esc)</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Editing your message: sending makes a new branch, the old one is kept. Esc cancels.</source>
        <translation>Nachricht bearbeiten: Senden legt einen neuen Zweig an, der alte bleibt erhalten. Esc bricht ab.</translation>
    </message>
    <message>
        <source>Editing a reply: sending keeps yours beside it and asks nothing. Esc cancels.</source>
        <translation>Antwort bearbeiten: Senden stellt die eigene Fassung daneben, ohne das Modell zu fragen. Esc bricht ab.</translation>
    </message>
    <message>
        <source>A base model continues text. %1</source>
        <translation>Ein Basismodell setzt Text fort. %1</translation>
    </message>
</context>
<context>
    <name>gatescope::ContextMeter</name>
    <message>
        <source>Context</source>
        <translation>Kontext</translation>
    </message>
    <message>
        <source>%1 + %2</source>
        <translation>%1 + %2</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>about %1 of %2</source>
        <translation>etwa %1 von %2</translation>
    </message>
    <message>
        <source>%1 / %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>~%1 / %2</source>
        <translation>~%1 / %2</translation>
    </message>
    <message>
        <source>The conversation takes %1 of the %2 tokens that the model&apos;s context holds.</source>
        <translation>Das Gespräch belegt %1 der %2 Token, die der Kontext des Modells fasst.</translation>
    </message>
    <message>
        <source>This message adds %1.</source>
        <translation>Diese Nachricht fügt %1 hinzu.</translation>
    </message>
    <message>
        <source>This message adds about %1.</source>
        <translation>Diese Nachricht fügt etwa %1 hinzu.</translation>
    </message>
    <message>
        <source>The reply has room for all of its %1.</source>
        <translation>Die Antwort hat Platz für alle ihre %1.</translation>
    </message>
    <message>
        <source>%1 tokens too many: shorten it, go back to an earlier message, or start a new chat. Nothing is left out silently.</source>
        <translation>%1 Token zu viel: kürzen, zu einer früheren Nachricht zurückgehen oder einen neuen Chat beginnen. Nichts wird stillschweigend weggelassen.</translation>
    </message>
    <message>
        <source>The reply has room for %1 of its %2 tokens.</source>
        <translation>Die Antwort hat Platz für %1 ihrer %2 Token.</translation>
    </message>
</context>
<context>
    <name>gatescope::ContrastBars</name>
    <message>
        <source>pinned: %1</source>
        <translation>angeheftet: %1</translation>
    </message>
    <message>
        <source>now: %1</source>
        <translation>jetzt: %1</translation>
    </message>
</context>
<context>
    <name>gatescope::ContrastModel</name>
    <message>
        <source>#</source>
        <translation>#</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>Experte</translation>
    </message>
    <message>
        <source>A − B</source>
        <translation>A − B</translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation>95-%-Intervall</translation>
    </message>
    <message>
        <source>in A</source>
        <translation>in A</translation>
    </message>
    <message>
        <source>in B</source>
        <translation>in B</translation>
    </message>
    <message>
        <source> · thin</source>
        <translation> · wenige Token</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>ablated ×</source>
        <translation>ablatiert ×</translation>
    </message>
    <message>
        <source>ablate</source>
        <translation>ablatieren</translation>
    </message>
    <message>
        <source>forced ×</source>
        <translation>erzwungen ×</translation>
    </message>
    <message>
        <source>force</source>
        <translation>erzwingen</translation>
    </message>
    <message>
        <source>bias +</source>
        <translation>Bias +</translation>
    </message>
    <message>
        <source>bias −</source>
        <translation>Bias −</translation>
    </message>
    <message>
        <source>Layer %1 expert %2 is selected by %3 of %4 tokens in A and %5 of %6 in B.</source>
        <translation>Layer %1 Experte %2 wird in A von %3 der %4 Token gewählt, in B von %5 der %6.</translation>
    </message>
    <message>
        <source>The interval leaves 0 out.</source>
        <translation>Das Intervall enthält die 0 nicht.</translation>
    </message>
    <message>
        <source>The interval holds 0: it may be luck.</source>
        <translation>Das Intervall enthält die 0: Es kann Zufall sein.</translation>
    </message>
    <message>
        <source>One side has too few tokens to be read.</source>
        <translation>Eine Seite hat zu wenige Token für eine Aussage.</translation>
    </message>
    <message>
        <source>%1, layer %2 expert %3</source>
        <translation>%1, Layer %2 Experte %3</translation>
    </message>
</context>
<context>
    <name>gatescope::ContrastPanel</name>
    <message>
        <source>Pin this</source>
        <translation>Dies anheften</translation>
    </message>
    <message>
        <source>Keep these tokens&apos; load, to hold another range or version against it</source>
        <translation>Auslastung dieser Token behalten, um einen anderen Bereich oder eine andere Version damit zu vergleichen</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>Lösen</translation>
    </message>
    <message>
        <source>Lines are 95 % intervals of the difference; a filled dot stands out from zero</source>
        <translation>Linien sind 95-%-Intervalle der Differenz; ein gefüllter Punkt hebt sich von null ab</translation>
    </message>
    <message>
        <source>, version %1 of %2</source>
        <translation>, Version %1 von %2</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>Noch kein Token zu zählen.</translation>
    </message>
    <message>
        <source>Pin what is counted now (%1); then pick another range, version or conversation to see what differs.</source>
        <translation>Anheften, was jetzt gezählt ist (%1); dann einen anderen Bereich, eine andere Version oder ein anderes Gespräch wählen und sehen, was sich unterscheidet.</translation>
    </message>
    <message>
        <source>Pinned: %1. Here is no token to hold against it.</source>
        <translation>Angeheftet: %1. Hier ist kein Token zum Vergleichen.</translation>
    </message>
    <message>
        <source>Pinned: %1 of %2 layers of %3 experts; here are %4 of %5. Pin this one to compare.</source>
        <translation>Angeheftet: %1 mit %2 Layern und %3 Experten; hier sind es %4 und %5. Zum Vergleichen dies anheften.</translation>
    </message>
    <message>
        <source>Layer %1 · share of tokens that selected each expert · stand out: %2 of %3 (by luck 5 in 100) · dashed: chance %4</source>
        <translation>Layer %1 · Anteil der Token, die jeden Experten wählten · heben sich ab: %2 von %3 (durch Zufall 5 von 100) · gestrichelt: Zufall %4</translation>
    </message>
    <message>
        <source>too few to say</source>
        <translation>zu wenige für eine Aussage</translation>
    </message>
    <message>
        <source>stands out</source>
        <translation>hebt sich ab</translation>
    </message>
    <message>
        <source>may be luck</source>
        <translation>kann Zufall sein</translation>
    </message>
    <message>
        <source>Expert %1: now %2 of %3 tokens, pinned %4 of %5 · difference %6 (%7 to %8) · %9</source>
        <translation>Experte %1: jetzt %2 von %3 Token, angeheftet %4 von %5 · Differenz %6 (%7 bis %8) · %9</translation>
    </message>
    <message>
        <source>Contrast</source>
        <translation>Kontrast</translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationDelegate</name>
    <message>
        <source>Draft</source>
        <translation>Entwurf</translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationExport</name>
    <message>
        <source>conversation</source>
        <translation>Gespräch</translation>
    </message>
    <message>
        <source>Nothing was exported: %1</source>
        <translation>Nichts wurde exportiert: %1</translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationListModel</name>
    <message>
        <source>yesterday</source>
        <translation>gestern</translation>
    </message>
    <message>
        <source>Untitled</source>
        <translation>Ohne Titel</translation>
    </message>
    <message>
        <source>Archive</source>
        <translation>Archiv</translation>
    </message>
    <message>
        <source>%1, folder, open, %2 conversations</source>
        <translation>%1, Ordner, offen, %2 Gespräche</translation>
    </message>
    <message>
        <source>%1, folder, closed, %2 conversations</source>
        <translation>%1, Ordner, geschlossen, %2 Gespräche</translation>
    </message>
    <message>
        <source>%1 of %2 tokens</source>
        <translation>%1 von %2 Token</translation>
    </message>
    <message>
        <source>1 message</source>
        <translation>1 Nachricht</translation>
    </message>
    <message>
        <source>%1 messages</source>
        <translation>%1 Nachrichten</translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationPanel</name>
    <message>
        <source>Conversations</source>
        <translation>Gespräche</translation>
    </message>
    <message>
        <source>New chat (Ctrl+N)</source>
        <translation>Neuer Chat (Strg+N)</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>Neuer Chat</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Search conversations</source>
        <translation>Gespräche durchsuchen</translation>
    </message>
    <message>
        <source>Words, and where it is kept: tag:name in:folder is:pinned is:archived is:draft
Or routing: and a filter, like routing: layer=17 &amp; expert=3 &amp; text~&quot;self&quot;</source>
        <translation>Wörter, und wo es liegt: tag:name in:ordner is:pinned is:archived is:draft
Oder routing: und ein Filter, etwa routing: layer=17 &amp; expert=3 &amp; text~&quot;self&quot;</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Undo delete</source>
        <translation>Löschen rückgängig machen</translation>
    </message>
    <message>
        <source>Conversations you have are kept here.</source>
        <translation>Hier werden Gespräche aufbewahrt.</translation>
    </message>
    <message>
        <source>Nothing found for “%1”</source>
        <translation>Nichts gefunden für „%1“</translation>
    </message>
    <message>
        <source>Deleted “%1”</source>
        <translation>„%1“ gelöscht</translation>
    </message>
    <message>
        <source>New folder</source>
        <translation>Neuer Ordner</translation>
    </message>
    <message>
        <source>New folder %1</source>
        <translation>Neuer Ordner %1</translation>
    </message>
    <message>
        <source>No folder</source>
        <translation>Kein Ordner</translation>
    </message>
    <message>
        <source>New folder…</source>
        <translation>Neuer Ordner…</translation>
    </message>
    <message>
        <source>Move to a new folder</source>
        <translation>In neuen Ordner verschieben</translation>
    </message>
    <message>
        <source>Its name; with / between names it is a folder in a folder</source>
        <translation>Name des Ordners; mit / zwischen Namen ein Ordner im Ordner</translation>
    </message>
    <message>
        <source>Edit tags…</source>
        <translation>Tags bearbeiten…</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>Tags</translation>
    </message>
    <message>
        <source>Tags of this conversation, with commas between them</source>
        <translation>Tags dieses Gesprächs, durch Kommas getrennt</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Umbenennen</translation>
    </message>
    <message>
        <source>New folder in it</source>
        <translation>Neuer Ordner darin</translation>
    </message>
    <message>
        <source>Delete the folder, keep what it holds</source>
        <translation>Ordner löschen, Inhalt behalten</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>Lösen</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>Anheften</translation>
    </message>
    <message>
        <source>Move to</source>
        <translation>Verschieben nach</translation>
    </message>
    <message>
        <source>Take out of the archive</source>
        <translation>Aus dem Archiv holen</translation>
    </message>
    <message>
        <source>Archive</source>
        <translation>Archivieren</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Behind routing: write a filter, like expert=3 &amp; text~&quot;self&quot;</source>
        <translation>Hinter routing: einen Filter schreiben, etwa expert=3 &amp; text~&quot;self&quot;</translation>
    </message>
    <message>
        <source>Looking: %1 of %2 conversations (Esc ends it)</source>
        <translation>Suche läuft: %1 von %2 Gesprächen (Esc beendet)</translation>
    </message>
    <message>
        <source>%1 tokens in %2 of %3 conversations</source>
        <translation>%1 Token in %2 von %3 Gesprächen</translation>
    </message>
    <message>
        <source>; %1 could not be read: %2</source>
        <translation>; %1 nicht lesbar: %2</translation>
    </message>
    <message>
        <source>The %1 conversations it was last said in: another word leaves fewer</source>
        <translation>Die %1 Gespräche, in denen es zuletzt vorkam: ein weiteres Wort grenzt ein</translation>
    </message>
    <message>
        <source>Rename a tag everywhere</source>
        <translation>Ein Tag überall umbenennen</translation>
    </message>
    <message>
        <source>Delete a tag everywhere</source>
        <translation>Ein Tag überall löschen</translation>
    </message>
    <message>
        <source>Rename a tag</source>
        <translation>Tag umbenennen</translation>
    </message>
    <message>
        <source>Its name from now on, in every conversation that has the tag “%1”.
The name of another tag makes one of both.</source>
        <translation>Sein Name von nun an, in jedem Gespräch mit dem Tag „%1“.
Der Name eines anderen Tags macht aus beiden eines.</translation>
    </message>
    <message>
        <source>Delete a tag</source>
        <translation>Tag löschen</translation>
    </message>
    <message>
        <source>Take the tag “%1” away from the conversation that has it?</source>
        <translation>Das Tag „%1“ aus dem Gespräch nehmen, das es hat?</translation>
    </message>
    <message>
        <source>Take the tag “%1” away from %2 conversations?</source>
        <translation>Das Tag „%1“ aus %2 Gesprächen nehmen?</translation>
    </message>
    <message>
        <source>The conversations stay. This cannot be undone.</source>
        <translation>Die Gespräche bleiben. Das lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>Delete the tag</source>
        <translation>Tag löschen</translation>
    </message>
</context>
<context>
    <name>gatescope::DifferenceMap</name>
    <message>
        <source>Difference of the router probabilities, B less A, layers by experts</source>
        <translation>Differenz der Router-Wahrscheinlichkeiten, B minus A, Layer × Experten</translation>
    </message>
    <message>
        <source>Layer %1 expert %2: mean router probability in B less A %3 points, noise ±%4</source>
        <translation>Layer %1 Experte %2: mittlere Router-Wahrscheinlichkeit in B minus A %3 Prozentpunkte, Rauschen ±%4</translation>
    </message>
    <message>
        <source>: more than noise.</source>
        <translation>: mehr als Rauschen.</translation>
    </message>
    <message>
        <source>: within the noise.</source>
        <translation>: innerhalb des Rauschens.</translation>
    </message>
    <message>
        <source>alike</source>
        <translation>gleich</translation>
    </message>
    <message>
        <source>Selected by %1 of %2 tokens in A, %3 of %4 in B: %5 points (95 % interval %6 to %7), from few tokens.</source>
        <translation>Gewählt von %1 der %2 Token in A, %3 von %4 in B: %5 Prozentpunkte (95-%-Intervall %6 bis %7), aus wenigen Token.</translation>
    </message>
    <message>
        <source>Selected by %1 of %2 tokens in A, %3 of %4 in B: %5 points (95 % interval %6 to %7).</source>
        <translation>Gewählt von %1 der %2 Token in A, %3 von %4 in B: %5 Prozentpunkte (95-%-Intervall %6 bis %7).</translation>
    </message>
</context>
<context>
    <name>gatescope::DomainPanel</name>
    <message>
        <source>What tokens are put together by</source>
        <translation>Wonach Token zusammengefasst werden</translation>
    </message>
    <message>
        <source>by message</source>
        <translation>nach Nachricht</translation>
    </message>
    <message>
        <source>prompt and generated</source>
        <translation>Prompt und erzeugt</translation>
    </message>
    <message>
        <source>Point at a cell for its numbers; a click picks the expert</source>
        <translation>Zeigen auf eine Zelle nennt ihre Zahlen; ein Klick markiert den Experten</translation>
    </message>
    <message>
        <source>prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>erzeugt</translation>
    </message>
    <message>
        <source>%1 you</source>
        <translation>%1 Nutzer</translation>
    </message>
    <message>
        <source>%1 reply</source>
        <translation>%1 Antwort</translation>
    </message>
    <message>
        <source>layer %1, expert</source>
        <translation>Layer %1, Experte</translation>
    </message>
    <message>
        <source>%1, expert %2: selected by %3 of its tokens · %4</source>
        <translation>%1, Experte %2: von %3 der Token gewählt · %4</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>Noch kein Token zu zählen.</translation>
    </message>
    <message>
        <source>Layer %1 · %2 tokens, prompts included · first choices tell %3 bits of the message</source>
        <translation>Layer %1 · %2 Token, Prompts eingeschlossen · Erstwahlen verraten %3 Bit über die Nachricht</translation>
    </message>
    <message>
        <source>Layer %1 · %2 tokens · first choices tell %3 bits of prompt or generated</source>
        <translation>Layer %1 · %2 Token · Erstwahlen verraten %3 Bit darüber, ob Prompt oder erzeugt</translation>
    </message>
    <message>
        <source>, by luck alone %1</source>
        <translation>, allein durch Zufall %1</translation>
    </message>
    <message>
        <source> (too few tokens to say)</source>
        <translation> (zu wenige Token für eine Aussage)</translation>
    </message>
    <message>
        <source> · the newest %1 messages drawn</source>
        <translation> · nur die neuesten %1 Nachrichten gezeichnet</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>, zählt noch</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Nachrichten</translation>
    </message>
</context>
<context>
    <name>gatescope::EmptyState</name>
    <message>
        <source>Suggestion: %1</source>
        <translation>Vorschlag: %1</translation>
    </message>
</context>
<context>
    <name>gatescope::EntropyChart</name>
    <message>
        <source>A click picks the token</source>
        <translation>Ein Klick markiert das Token</translation>
    </message>
    <message>
        <source>Entropy</source>
        <translation>Entropie</translation>
    </message>
    <message>
        <source>Margin</source>
        <translation>Abstand</translation>
    </message>
    <message>
        <source>Mass</source>
        <translation>Masse</translation>
    </message>
    <message>
        <source>Left scale, in bits: how unsure the router is</source>
        <translation>Linke Skala, in Bit: wie unsicher der Router ist</translation>
    </message>
    <message>
        <source>Right scale: how far the first choice is ahead of the second</source>
        <translation>Rechte Skala: wie weit die erste Wahl vor der zweiten liegt</translation>
    </message>
    <message>
        <source>Right scale, routed mass: what the selected experts&apos; probabilities add up to</source>
        <translation>Rechte Skala, geroutete Masse: Summe der Wahrscheinlichkeiten der gewählten Experten</translation>
    </message>
    <message>
        <source>Range only</source>
        <translation>Nur Bereich</translation>
    </message>
    <message>
        <source>Let the range of tokens that is picked fill the chart</source>
        <translation>Den markierten Token-Bereich das Diagramm füllen lassen</translation>
    </message>
    <message>
        <source>No token has gone through the model yet.</source>
        <translation>Noch ist kein Token durch das Modell gegangen.</translation>
    </message>
    <message>
        <source>%1 · token %2: entropy %3 bits (chance %4), margin %5 (0), routed mass %6 (%7)</source>
        <translation>%1 · Token %2: Entropie %3 Bit (Zufall %4), Abstand %5 (0), geroutete Masse %6 (%7)</translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation>Layer %1</translation>
    </message>
    <message>
        <source>Mean over layers</source>
        <translation>Mittel über die Layer</translation>
    </message>
    <message>
        <source> · still reading the conversation</source>
        <translation> · das Gespräch wird noch gelesen</translation>
    </message>
</context>
<context>
    <name>gatescope::ExpertGrid</name>
    <message>
        <source>outside the 95 % band; pale: within</source>
        <translation>außerhalb des 95-%-Bands; blass: innerhalb</translation>
    </message>
    <message>
        <source>fewer than %1 observations</source>
        <translation>weniger als %1 Beobachtungen</translation>
    </message>
</context>
<context>
    <name>gatescope::ExpertSearch</name>
    <message>
        <source>A search is running: cancel it first.</source>
        <translation>Eine Suche läuft: zuerst abbrechen.</translation>
    </message>
    <message>
        <source>No model is open: open one first.</source>
        <translation>Es ist kein Modell offen: zuerst eines öffnen.</translation>
    </message>
    <message>
        <source>A reply is being written: stop it first.</source>
        <translation>Eine Antwort wird gerade geschrieben: zuerst anhalten.</translation>
    </message>
    <message>
        <source>Both sets need a prompt: one a line, or load a file.</source>
        <translation>Beide Mengen brauchen einen Prompt: je Zeile einen, oder eine Datei laden.</translation>
    </message>
</context>
<context>
    <name>gatescope::FilterBar</name>
    <message>
        <source>Filter tokens by routing and text</source>
        <translation>Token nach Routing und Text filtern</translation>
    </message>
    <message>
        <source>Fields: layer, expert, first, p(3), gate(3), margin, decisive, entropy, mass, repeat, text, logprob, surprise, token, index, message, role, generated, drafted, routed. Operators: = != &lt; &lt;= &gt; &gt;= ~ &amp; | ! ( ), layer=3..9, expert={1,3}, all: any: none:</source>
        <translation>Felder: layer, expert, first, p(3), gate(3), margin, decisive, entropy, mass, repeat, text, logprob, surprise, token, index, message, role, generated, drafted, routed. Operatoren: = != &lt; &lt;= &gt; &gt;= ~ &amp; | ! ( ), layer=3..9, expert={1,3}, all: any: none:</translation>
    </message>
    <message>
        <source>Filters used before (Up and Down)</source>
        <translation>Früher benutzte Filter (Auf und Ab)</translation>
    </message>
    <message>
        <source>Previous match (Shift+F3)</source>
        <translation>Voriger Treffer (Umschalt+F3)</translation>
    </message>
    <message>
        <source>Next match (F3)</source>
        <translation>Nächster Treffer (F3)</translation>
    </message>
    <message>
        <source>Close the filter (Esc)</source>
        <translation>Filter schließen (Esc)</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filtern</translation>
    </message>
    <message>
        <source>Filters used before</source>
        <translation>Früher benutzte Filter</translation>
    </message>
</context>
<context>
    <name>gatescope::FindBar</name>
    <message>
        <source>Find in this conversation</source>
        <translation>In diesem Gespräch suchen</translation>
    </message>
    <message>
        <source>Previous (Ctrl+Shift+G)</source>
        <translation>Voriger (Strg+Umschalt+G)</translation>
    </message>
    <message>
        <source>Next (Ctrl+G)</source>
        <translation>Nächster (Strg+G)</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>Schließen (Esc)</translation>
    </message>
    <message>
        <source>looking…</source>
        <translation>sucht…</translation>
    </message>
    <message>
        <source>not found</source>
        <translation>nicht gefunden</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>Suchen</translation>
    </message>
</context>
<context>
    <name>gatescope::FindPanel</name>
    <message>
        <source>Prompts read</source>
        <translation>Gelesene Prompts</translation>
    </message>
    <message>
        <source>Set A: one prompt a line</source>
        <translation>Menge A: ein Prompt je Zeile</translation>
    </message>
    <message>
        <source>Set B: one prompt a line</source>
        <translation>Menge B: ein Prompt je Zeile</translation>
    </message>
    <message>
        <source>Load…</source>
        <translation>Laden…</translation>
    </message>
    <message>
        <source>Prompts from a .txt file, one a line, or a .jsonl file</source>
        <translation>Prompts aus einer .txt-Datei, einer je Zeile, oder einer .jsonl-Datei</translation>
    </message>
    <message>
        <source>Load set A from a file</source>
        <translation>Menge A aus einer Datei laden</translation>
    </message>
    <message>
        <source>Load set B from a file</source>
        <translation>Menge B aus einer Datei laden</translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation>CSV exportieren…</translation>
    </message>
    <message>
        <source>Experts by how far they tell the two sets apart</source>
        <translation>Experten danach, wie gut sie die beiden Mengen unterscheiden</translation>
    </message>
    <message>
        <source>Load prompts</source>
        <translation>Prompts laden</translation>
    </message>
    <message>
        <source>Prompts (*.txt *.jsonl);;All files (*)</source>
        <translation>Prompts (*.txt *.jsonl);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>%1: expected a text file of at most 1 MB that can be read</source>
        <translation>%1: Erwartet wird eine lesbare Textdatei von höchstens 1 MB</translation>
    </message>
    <message>
        <source>Export as CSV</source>
        <translation>Als CSV exportieren</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>Tabellen (*.csv)</translation>
    </message>
    <message>
        <source>%1 could not be written: %2</source>
        <translation>%1 konnte nicht geschrieben werden: %2</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Find experts</source>
        <translation>Experten finden</translation>
    </message>
    <message>
        <source>%1 of %2 prompts read</source>
        <translation>%1 von %2 Prompts gelesen</translation>
    </message>
    <message>
        <source>Which experts are selected for A more often than for B</source>
        <translation>Welche Experten für A öfter gewählt werden als für B</translation>
    </message>
    <message>
        <source>Open a model first</source>
        <translation>Zuerst ein Modell öffnen</translation>
    </message>
    <message>
        <source>%1 of %2 experts differ, by luck about %3; difference in points of the tokens that select it</source>
        <translation>%1 von %2 Experten unterscheiden sich, durch Zufall etwa %3; Differenz in Prozentpunkten der Token, die den Experten wählen</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatPage</name>
    <message>
        <source>Percent of a layer&apos;s selections that each expert took</source>
        <translation>Prozent der Auswahlen eines Layers, die auf jeden Experten entfielen</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>Pfad kopieren</translation>
    </message>
    <message>
        <source>Copy the path of the heat file</source>
        <translation>Pfad der Heat-Datei kopieren</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Open the folder of the heat file</source>
        <translation>Ordner der Heat-Datei öffnen</translation>
    </message>
    <message>
        <source>Undo reset</source>
        <translation>Zurücksetzen rückgängig</translation>
    </message>
    <message>
        <source>Reset…</source>
        <translation>Zurücksetzen…</translation>
    </message>
    <message>
        <source>Forget the heat of this model</source>
        <translation>Heat dieses Modells vergessen</translation>
    </message>
    <message>
        <source>Nothing is learnt from the recording that is shown: heat is of what is said to a model here.</source>
        <translation>Aus der gezeigten Aufnahme wird nichts gelernt: Heat entsteht aus dem, was hier zu einem Modell gesagt wird.</translation>
    </message>
    <message>
        <source>No model is open.</source>
        <translation>Es ist kein Modell offen.</translation>
    </message>
    <message>
        <source>There is no heat: which weights these are is not known before all of them have been read.</source>
        <translation>Es gibt keinen Heat: Welche Gewichte dies sind, ist erst bekannt, wenn alle gelesen sind.</translation>
    </message>
    <message>
        <source>MEASURED. Tokens counted: %1; a selection counts half after %2 tokens. Percent of a layer&apos;s selections; by chance %3 (grey), less is blue, more orange, full from %4 on.</source>
        <translation>GEMESSEN. Gezählte Token: %1; eine Auswahl zählt nach %2 Token noch halb. Prozent der Auswahlen eines Layers; bei Zufall %3 (grau), weniger ist blau, mehr orange, voll ab %4.</translation>
    </message>
    <message>
        <source>MEASURED. Tokens counted: %1; none fades. Percent of a layer&apos;s selections; by chance %2 (grey), less is blue, more orange, full from %3 on.</source>
        <translation>GEMESSEN. Gezählte Token: %1; keines verblasst. Prozent der Auswahlen eines Layers; bei Zufall %2 (grau), weniger ist blau, mehr orange, voll ab %3.</translation>
    </message>
    <message>
        <source>Of these selections the hottest 25 % of all experts took %1 %, 50 %: %2 %, 75 %: %3 %. That is what a fixed placement of them would have served; what is said next may ask for others.</source>
        <translation>Von diesen Auswahlen entfielen auf die heißesten 25 % aller Experten %1 %, auf 50 %: %2 %, auf 75 %: %3 %. So viel hätte eine feste Platzierung dieser Experten bedient; was als Nächstes gesagt wird, kann andere verlangen.</translation>
    </message>
    <message>
        <source>Learning is switched off in the settings.</source>
        <translation>Das Lernen ist in den Einstellungen ausgeschaltet.</translation>
    </message>
    <message>
        <source>Not kept: %1</source>
        <translation>Nicht gespeichert: %1</translation>
    </message>
    <message>
        <source>Reset the heat</source>
        <translation>Heat zurücksetzen</translation>
    </message>
    <message>
        <source>Forget how often the experts of this model were selected?</source>
        <translation>Vergessen, wie oft die Experten dieses Modells gewählt wurden?</translation>
    </message>
    <message>
        <source>Conversations stay as they are. It can be undone until another model is opened.</source>
        <translation>Gespräche bleiben, wie sie sind. Es lässt sich rückgängig machen, bis ein anderes Modell geöffnet wird.</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>Vergessen</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatTableModel</name>
    <message>
        <source>Layer %1, expert %2: %3 % of the selections, by chance %4 %</source>
        <translation>Layer %1, Experte %2: %3 % der Auswahlen, bei Zufall %4 %</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>Layer %1</translation>
    </message>
    <message>
        <source>E%1</source>
        <translation>E%1</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapControls</name>
    <message>
        <source>What the heatmap shows</source>
        <translation>Was die Heatmap zeigt</translation>
    </message>
    <message>
        <source>half-life %1</source>
        <translation>Halbwertszeit %1</translation>
    </message>
    <message>
        <source>Half-life of the fading mean, in tokens</source>
        <translation>Halbwertszeit des abklingenden Mittels, in Token</translation>
    </message>
    <message>
        <source>Which tokens count, in every view</source>
        <translation>Welche Token zählen, in jeder Ansicht</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>erzeugt</translation>
    </message>
    <message>
        <source>prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>all tokens</source>
        <translation>alle Token</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>Anheften</translation>
    </message>
    <message>
        <source>Pin baseline</source>
        <translation>Baseline anheften</translation>
    </message>
    <message>
        <source>Pin baseline: keep what is counted now as the one that later ranges, versions and conversations are compared with</source>
        <translation>Baseline anheften: das jetzt Gezählte als das behalten, womit spätere Bereiche, Versionen und Gespräche verglichen werden</translation>
    </message>
    <message>
        <source>Colour map</source>
        <translation>Farbskala</translation>
    </message>
    <message>
        <source>linear</source>
        <translation>linear</translation>
    </message>
    <message>
        <source>power %1</source>
        <translation>Potenz %1</translation>
    </message>
    <message>
        <source>Power of the colour scale: below 1 spreads small values</source>
        <translation>Potenz der Farbskala: unter 1 werden kleine Werte gespreizt</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapLegend</name>
    <message>
        <source>first</source>
        <translation>erste</translation>
    </message>
    <message>
        <source>second</source>
        <translation>zweite</translation>
    </message>
    <message>
        <source>earlier</source>
        <translation>früher</translation>
    </message>
    <message>
        <source>ablated</source>
        <translation>ablatiert</translation>
    </message>
    <message>
        <source>routed around</source>
        <translation>umgangen</translation>
    </message>
    <message>
        <source>forced</source>
        <translation>erzwungen</translation>
    </message>
    <message>
        <source>swapped</source>
        <translation>getauscht</translation>
    </message>
    <message>
        <source>biased</source>
        <translation>mit Bias</translation>
    </message>
    <message>
        <source>scaled</source>
        <translation>skaliert</translation>
    </message>
    <message>
        <source>top-k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>Heatmap legend</source>
        <translation>Legende der Heatmap</translation>
    </message>
    <message>
        <source>chance %1</source>
        <translation>Zufall %1</translation>
    </message>
    <message>
        <source>%1 · 95 % of cells within %2 to %3</source>
        <translation>%1 · 95 % der Zellen innerhalb von %2 bis %3</translation>
    </message>
    <message>
        <source>Colour: %1, %2 map, from %3 to %4</source>
        <translation>Farbe: %1, Farbskala %2, von %3 bis %4</translation>
    </message>
    <message>
        <source>, drawn at the power of %1</source>
        <translation>, gezeichnet mit der Potenz %1</translation>
    </message>
    <message>
        <source>; by </source>
        <translation>; bei </translation>
    </message>
    <message>
        <source>; hatched: </source>
        <translation>; schraffiert: </translation>
    </message>
    <message>
        <source>; </source>
        <translation>; </translation>
    </message>
    <message>
        <source>; changed: </source>
        <translation>; geändert: </translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapPanel</name>
    <message>
        <source>Ablate</source>
        <translation>Ablatieren</translation>
    </message>
    <message>
        <source>Take this expert&apos;s output away</source>
        <translation>Die Ausgabe dieses Experten wegnehmen</translation>
    </message>
    <message>
        <source>Force</source>
        <translation>Erzwingen</translation>
    </message>
    <message>
        <source>Select this expert for every token</source>
        <translation>Diesen Experten für jedes Token wählen</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Freigeben</translation>
    </message>
    <message>
        <source>Leave this expert to the model</source>
        <translation>Diesen Experten dem Modell überlassen</translation>
    </message>
    <message>
        <source>No model yet.
Open one, or try the demo: every token it reads or writes shows here which experts it went through.</source>
        <translation>Noch kein Modell.
Eines öffnen oder das Demomodell ausprobieren: Zu jedem gelesenen oder geschriebenen Token steht hier, durch welche Experten es ging.</translation>
    </message>
    <message>
        <source>No baseline yet.
Select a range of tokens, or none for all of them, and pin it; then select what to compare with it.</source>
        <translation>Noch keine Baseline.
Einen Token-Bereich markieren, oder keinen für alle, und ihn anheften; dann markieren, was damit verglichen werden soll.</translation>
    </message>
    <message>
        <source>The baseline is of a model with other layers or experts.
Pin one of this model.</source>
        <translation>Die Baseline stammt von einem Modell mit anderen Layern oder Experten.
Eine von diesem Modell anheften.</translation>
    </message>
    <message>
        <source>No token of this kind in the range.
Select another range, or count all tokens.</source>
        <translation>Kein Token dieser Art im Bereich.
Einen anderen Bereich markieren oder alle Token zählen.</translation>
    </message>
    <message>
        <source>This token has not gone through the model.</source>
        <translation>Dieses Token ist nicht durch das Modell gegangen.</translation>
    </message>
    <message>
        <source>Nothing routed yet.
Send a message: each token lights up its experts, layer by layer.</source>
        <translation>Noch nichts geroutet.
Eine Nachricht senden: Jedes Token lässt seine Experten aufleuchten, Layer für Layer.</translation>
    </message>
    <message>
        <source>token %1 of %2 · “%3”</source>
        <translation>Token %1 von %2 · „%3“</translation>
    </message>
    <message>
        <source> · other interventions</source>
        <translation> · andere Eingriffe</translation>
    </message>
    <message>
        <source>fewer than %1 tokens</source>
        <translation>weniger als %1 Token</translation>
    </message>
    <message>
        <source>Point at a cell, or walk with arrows</source>
        <translation>Auf eine Zelle zeigen oder mit den Pfeiltasten wandern</translation>
    </message>
    <message>
        <source>minus %1</source>
        <translation>minus %1</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapWidget</name>
    <message>
        <source>expert %1</source>
        <translation>Experte %1</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>Layer %1</translation>
    </message>
    <message>
        <source>Routing heatmap</source>
        <translation>Routing-Heatmap</translation>
    </message>
    <message>
        <source>In the heatmap</source>
        <translation>In der Heatmap</translation>
    </message>
    <message>
        <source>Next mode</source>
        <translation>Nächster Modus</translation>
    </message>
    <message>
        <source>Previous mode</source>
        <translation>Voriger Modus</translation>
    </message>
    <message>
        <source>Change the cell picked</source>
        <translation>Die markierte Zelle ändern</translation>
    </message>
    <message>
        <source>Clear interventions</source>
        <translation>Eingriffe aufheben</translation>
    </message>
    <message>
        <source>One row a layer, one column an expert. Arrow keys walk the cells, Enter opens what can be done with an expert. Shift with arrows, or Control and a click, takes several cells.</source>
        <translation>Eine Zeile je Layer, eine Spalte je Experte. Pfeiltasten wandern durch die Zellen, Eingabe öffnet, was sich mit einem Experten tun lässt. Umschalt mit Pfeiltasten oder Strg und Klick nimmt mehrere Zellen.</translation>
    </message>
</context>
<context>
    <name>gatescope::HistogramView</name>
    <message>
        <source>Histogram: %1</source>
        <translation>Histogramm: %1</translation>
    </message>
    <message>
        <source>Histogram: nothing chosen</source>
        <translation>Histogramm: nichts gewählt</translation>
    </message>
    <message>
        <source>%1 values from %2 to %3, mean %4, deviation %5, %6 zeros</source>
        <translation>%1 Werte von %2 bis %3, Mittel %4, Abweichung %5, %6 Nullen</translation>
    </message>
</context>
<context>
    <name>gatescope::InterventionBar</name>
    <message>
        <source>layer %1 expert %2</source>
        <translation>Layer %1 Experte %2</translation>
    </message>
    <message>
        <source>Interventions in force</source>
        <translation>Geltende Eingriffe</translation>
    </message>
    <message>
        <source>Give every expert back to the model</source>
        <translation>Jeden Experten dem Modell zurückgeben</translation>
    </message>
    <message>
        <source>no interventions</source>
        <translation>keine Eingriffe</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>How far interventions reach</source>
        <translation>Wie weit Eingriffe reichen</translation>
    </message>
    <message>
        <source>this chat</source>
        <translation>dieser Chat</translation>
    </message>
    <message>
        <source>this reply</source>
        <translation>diese Antwort</translation>
    </message>
    <message>
        <source>In force for whatever is written and computed from now on</source>
        <translation>Gilt für alles, was von jetzt an geschrieben und berechnet wird</translation>
    </message>
    <message>
        <source>In force for the words of the next reply, not for what you write; then taken away</source>
        <translation>Gilt für die Wörter der nächsten Antwort, nicht für die eigenen; danach aufgehoben</translation>
    </message>
    <message>
        <source>Only for tokens that match</source>
        <translation>Nur für passende Token</translation>
    </message>
    <message>
        <source>only for tokens like text=&quot;the&quot;</source>
        <translation>nur für Token wie text=&quot;the&quot;</translation>
    </message>
    <message>
        <source>A filter over what is known before a token is computed: text, token (its id) and index (its position), as in text=&quot;the&quot; | index=10..19. Empty: all tokens.</source>
        <translation>Ein Filter über das, was vor der Berechnung eines Tokens bekannt ist: text, token (seine ID) und index (seine Position), etwa text=&quot;the&quot; | index=10..19. Leer: alle Token.</translation>
    </message>
    <message>
        <source>%1 ×</source>
        <translation>%1 ×</translation>
    </message>
    <message>
        <source>%1. Press to take it away</source>
        <translation>%1. Drücken, um es zurückzunehmen</translation>
    </message>
    <message>
        <source>1 intervention · clear all</source>
        <translation>1 Eingriff · alles aufheben</translation>
    </message>
    <message>
        <source>%1 interventions · clear all</source>
        <translation>%1 Eingriffe · alle aufheben</translation>
    </message>
    <message>
        <source>ablate %1</source>
        <translation>ablatiert %1</translation>
    </message>
    <message>
        <source>The output of %1 is taken away</source>
        <translation>Die Ausgabe von %1 fällt weg</translation>
    </message>
    <message>
        <source>route around %1</source>
        <translation>umgangen %1</translation>
    </message>
    <message>
        <source>%1 is never selected, the next best takes its place</source>
        <translation>%1 wird nie gewählt, der nächstbeste tritt an die Stelle</translation>
    </message>
    <message>
        <source>force %1</source>
        <translation>erzwungen %1</translation>
    </message>
    <message>
        <source>%1 is always selected</source>
        <translation>%1 wird immer gewählt</translation>
    </message>
    <message>
        <source>bias %1</source>
        <translation>Bias %1</translation>
    </message>
    <message>
        <source>%1 is added to the router logit of %2</source>
        <translation>%1 wird zum Router-Logit von %2 addiert</translation>
    </message>
    <message>
        <source>scale %1</source>
        <translation>skaliert %1</translation>
    </message>
    <message>
        <source>The gate of %1 is multiplied by %2</source>
        <translation>Das Gate von %1 wird mit %2 multipliziert</translation>
    </message>
    <message>
        <source>swap %1</source>
        <translation>getauscht %1</translation>
    </message>
    <message>
        <source>In layer %1, experts %2 and %3 are computed with each other&apos;s weights</source>
        <translation>In Layer %1 rechnen die Experten %2 und %3 mit den Gewichten des jeweils anderen</translation>
    </message>
    <message>
        <source>top %1</source>
        <translation>Top %1</translation>
    </message>
    <message>
        <source>Experts selected in each layer: %1</source>
        <translation>Gewählte Experten in jedem Layer: %1</translation>
    </message>
    <message>
        <source>top-k %1</source>
        <translation>Top-k %1</translation>
    </message>
    <message>
        <source>Experts selected in layer %1: %2</source>
        <translation>Gewählte Experten in Layer %1: %2</translation>
    </message>
    <message>
        <source>Experts selected in layers %1 to %2: %3</source>
        <translation>Gewählte Experten in den Layern %1 bis %2: %3</translation>
    </message>
    <message>
        <source>renormalise</source>
        <translation>renormiert</translation>
    </message>
    <message>
        <source>Gates are divided by their sum</source>
        <translation>Gates werden durch ihre Summe geteilt</translation>
    </message>
    <message>
        <source>routes of %1</source>
        <translation>Routen von %1</translation>
    </message>
    <message>
        <source>Tokens go to the experts that were selected at their place in a run before</source>
        <translation>Token gehen zu den Experten, die an ihrer Stelle in einem früheren Lauf gewählt wurden</translation>
    </message>
    <message>
        <source>only %1</source>
        <translation>nur %1</translation>
    </message>
    <message>
        <source>In force for the tokens that match %1, and for no others</source>
        <translation>Gilt für die Token, auf die %1 passt, und für keine anderen</translation>
    </message>
    <message>
        <source>In the bar of interventions</source>
        <translation>In der Leiste der Eingriffe</translation>
    </message>
    <message>
        <source>Clear interventions</source>
        <translation>Eingriffe aufheben</translation>
    </message>
</context>
<context>
    <name>gatescope::KeyBindings</name>
    <message>
        <source>%1 cannot be read: the default keys are in force. Setting a key writes it anew.</source>
        <translation>%1 ist nicht lesbar: Es gelten die Standardtasten. Das Festlegen einer Taste schreibt die Datei neu.</translation>
    </message>
    <message>
        <source>%1: there is no command “%2”.</source>
        <translation>%1: Es gibt keinen Befehl „%2“.</translation>
    </message>
    <message>
        <source>%1: “%2” for “%3” is no key.</source>
        <translation>%1: „%2“ für „%3“ ist keine Taste.</translation>
    </message>
    <message>
        <source>%1: %2: %3</source>
        <translation>%1: %2: %3</translation>
    </message>
    <message>
        <source>%1: “%2” and “%3” both want %4; “%2” goes without.</source>
        <translation>%1: „%2“ und „%3“ beanspruchen beide %4; „%2“ geht leer aus.</translation>
    </message>
    <message>
        <source>%1 alone is what text fields and views take: add Ctrl or Alt, or use a function key.</source>
        <translation>%1 allein wird von Textfeldern und Ansichten benutzt: Strg oder Alt hinzunehmen oder eine Funktionstaste verwenden.</translation>
    </message>
    <message>
        <source>A view takes one key, not several after each other.</source>
        <translation>Eine Ansicht nimmt eine einzelne Taste, nicht mehrere nacheinander.</translation>
    </message>
    <message>
        <source>%1 leads around inside views: use another key.</source>
        <translation>%1 führt in Ansichten umher: eine andere Taste nehmen.</translation>
    </message>
</context>
<context>
    <name>gatescope::LibraryRescue</name>
    <message>
        <source>Rescue what can be read</source>
        <translation>Retten, was lesbar ist</translation>
    </message>
    <message>
        <source>Reading what can be read of the damaged library. It stays as it is.</source>
        <translation>Von der beschädigten Bibliothek wird gelesen, was lesbar ist. Sie bleibt, wie sie ist.</translation>
    </message>
    <message>
        <source>Nothing is known to be lost.</source>
        <translation>Soweit bekannt, ist nichts verloren.</translation>
    </message>
    <message>
        <source>Lost messages: %1. Messages with lost text: %2, without tokens or routing: %3.</source>
        <translation>Verlorene Nachrichten: %1. Nachrichten mit verlorenem Text: %2, ohne Token oder Routing: %3.</translation>
    </message>
    <message>
        <source>Rescued conversations: %1, messages: %2. %3 The damaged library is kept as %4. Start Gatescope again to use the new one: what is said until then is not in it.</source>
        <translation>Gerettete Gespräche: %1, Nachrichten: %2. %3 Die beschädigte Bibliothek bleibt als %4 erhalten. Um die neue zu benutzen, Gatescope neu starten: was bis dahin gesagt wird, steht nicht in ihr.</translation>
    </message>
    <message>
        <source>Start Gatescope again</source>
        <translation>Gatescope neu starten</translation>
    </message>
</context>
<context>
    <name>gatescope::LoadBanner</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Cancel loading</source>
        <translation>Laden abbrechen</translation>
    </message>
    <message>
        <source>Bytes loaded</source>
        <translation>Geladene Bytes</translation>
    </message>
    <message>
        <source>Loading %1</source>
        <translation>%1 wird geladen</translation>
    </message>
    <message>
        <source>opening…</source>
        <translation>wird geöffnet…</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>%1/s</source>
        <translation>%1/s</translation>
    </message>
    <message>
        <source>%1 min left</source>
        <translation>noch %1 min</translation>
    </message>
    <message>
        <source>%1 s left</source>
        <translation>noch %1 s</translation>
    </message>
    <message>
        <source>you can write already</source>
        <translation>Schreiben ist schon möglich</translation>
    </message>
</context>
<context>
    <name>gatescope::LoadChart</name>
    <message>
        <source>Point at a bar for its numbers; orange bars lie outside the band of chance</source>
        <translation>Zeigen auf einen Balken nennt seine Zahlen; orange Balken liegen außerhalb des Zufallsbands</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>Noch kein Token zu zählen.</translation>
    </message>
    <message>
        <source>%1 · %2 · chance %3, 95 % band %4 to %5 · outside it: %6 of %7</source>
        <translation>%1 · %2 · Zufall %3, 95-%-Band %4 bis %5 · außerhalb: %6 von %7</translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation>Layer %1</translation>
    </message>
    <message>
        <source>All layers</source>
        <translation>Alle Layer</translation>
    </message>
    <message>
        <source>Expert %1: %2 of %3 selections, %4 · by chance %5 (%6 to %7) · %8</source>
        <translation>Experte %1: %2 von %3 Auswahlen, %4 · bei Zufall %5 (%6 bis %7) · %8</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>Auslastung</translation>
    </message>
</context>
<context>
    <name>gatescope::MainWindow</name>
    <message>
        <source>Workspace %1</source>
        <translation>Arbeitsbereich %1</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>Chat</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>Untersuchen</translation>
    </message>
    <message>
        <source>Present</source>
        <translation>Präsentieren</translation>
    </message>
    <message>
        <source>Switch between light and dark</source>
        <translation>Zwischen hell und dunkel wechseln</translation>
    </message>
    <message>
        <source>there is no demo model in this installation: open a model of your own</source>
        <translation>Diese Installation enthält kein Demomodell: ein eigenes Modell öffnen</translation>
    </message>
    <message>
        <source>Gatescope ended last time while it was loading %1, so it was not loaded again. Open it yourself to try once more.</source>
        <translation>Gatescope wurde beim letzten Mal während des Ladens von %1 beendet und hat es deshalb nicht erneut geladen. Für einen neuen Versuch selbst öffnen.</translation>
    </message>
    <message>
        <source>put into the message: %1</source>
        <translation>in die Nachricht eingefügt: %1</translation>
    </message>
    <message>
        <source>Docks behind each other</source>
        <translation>Hintereinanderliegende Docks</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>Gespräche</translation>
    </message>
    <message>
        <source>Routing</source>
        <translation>Routing</translation>
    </message>
    <message>
        <source>Waterfall</source>
        <translation>Wasserfall</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Inside a token</source>
        <translation>Im Innern eines Tokens</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Find experts</source>
        <translation>Experten finden</translation>
    </message>
    <message>
        <source>exported %1</source>
        <translation>exportiert: %1</translation>
    </message>
    <message>
        <source>Recording — Gatescope</source>
        <translation>Aufzeichnung — Gatescope</translation>
    </message>
    <message>
        <source>%1 — Gatescope</source>
        <translation>%1 — Gatescope</translation>
    </message>
    <message>
        <source>Gatescope</source>
        <translation>Gatescope</translation>
    </message>
    <message>
        <source>Open a recording</source>
        <translation>Aufzeichnung öffnen</translation>
    </message>
    <message>
        <source>Gatescope recordings (*.gscope)</source>
        <translation>Gatescope-Aufzeichnungen (*.gscope)</translation>
    </message>
    <message>
        <source>Save this conversation as a recording</source>
        <translation>Dieses Gespräch als Aufzeichnung speichern</translation>
    </message>
    <message>
        <source>saved %1</source>
        <translation>gespeichert: %1</translation>
    </message>
    <message>
        <source>Export this conversation</source>
        <translation>Dieses Gespräch exportieren</translation>
    </message>
    <message>
        <source>importing %1</source>
        <translation>importiert %1</translation>
    </message>
    <message>
        <source>Import conversations</source>
        <translation>Gespräche importieren</translation>
    </message>
    <message>
        <source>Conversations (*.json *.jsonl *.zip *.chat *.gscope)</source>
        <translation>Gespräche (*.json *.jsonl *.zip *.chat *.gscope)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>1 conversation imported</source>
        <translation>1 Gespräch importiert</translation>
    </message>
    <message>
        <source>%1 conversations imported</source>
        <translation>%1 Gespräche importiert</translation>
    </message>
    <message>
        <source>%1, %2 already there</source>
        <translation>%1, %2 schon vorhanden</translation>
    </message>
    <message>
        <source>Imported</source>
        <translation>Importiert</translation>
    </message>
    <message>
        <source>In every view</source>
        <translation>In jeder Ansicht</translation>
    </message>
    <message>
        <source>Previous token</source>
        <translation>Voriges Token</translation>
    </message>
    <message>
        <source>Next token</source>
        <translation>Nächstes Token</translation>
    </message>
    <message>
        <source>%1 is ready</source>
        <translation>%1 ist bereit</translation>
    </message>
</context>
<context>
    <name>gatescope::MessageActions</name>
    <message>
        <source>Older version (Alt+Left)</source>
        <translation>Ältere Version (Alt+Links)</translation>
    </message>
    <message>
        <source>Newer version (Alt+Right)</source>
        <translation>Neuere Version (Alt+Rechts)</translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation>Nachricht kopieren</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>Regenerate reply (Ctrl+R)</source>
        <translation>Antwort neu erzeugen (Strg+R)</translation>
    </message>
    <message>
        <source>Continue reply (Ctrl+Shift+R)</source>
        <translation>Antwort fortsetzen (Strg+Umschalt+R)</translation>
    </message>
    <message>
        <source>Edit and send again, as a new branch</source>
        <translation>Bearbeiten und neu senden, als neuer Zweig</translation>
    </message>
    <message>
        <source>Edit this reply, as a new branch</source>
        <translation>Diese Antwort bearbeiten, als neuer Zweig</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
</context>
<context>
    <name>gatescope::ModelPanel</name>
    <message>
        <source>Fingerprint</source>
        <translation>Fingerabdruck</translation>
    </message>
    <message>
        <source>What recordings know the weights by: names, shapes, types, norms and routers</source>
        <translation>Woran Aufzeichnungen die Gewichte erkennen: Namen, Formen, Typen, Normen und Router</translation>
    </message>
    <message>
        <source>Reading norms and routers…</source>
        <translation>Normen und Router werden gelesen…</translation>
    </message>
    <message>
        <source>Parts of the model</source>
        <translation>Teile des Modells</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>Tensoren</translation>
    </message>
    <message>
        <source>Routers</source>
        <translation>Router</translation>
    </message>
    <message>
        <source>Memory plan</source>
        <translation>Speicherplan</translation>
    </message>
    <message>
        <source>Filter by name, shape or type</source>
        <translation>Nach Name, Form oder Typ filtern</translation>
    </message>
    <message>
        <source>Filter the tensors</source>
        <translation>Tensoren filtern</translation>
    </message>
    <message>
        <source>Tensors of the model</source>
        <translation>Tensoren des Modells</translation>
    </message>
    <message>
        <source>Read the routers</source>
        <translation>Router lesen</translation>
    </message>
    <message>
        <source>Layer of the router</source>
        <translation>Layer des Routers</translation>
    </message>
    <message>
        <source>Length of each expert&apos;s row, and cosines between experts</source>
        <translation>Länge der Zeile jedes Experten und Kosinusse zwischen den Experten</translation>
    </message>
    <message>
        <source>Reading the routers…</source>
        <translation>Die Router werden gelesen…</translation>
    </message>
    <message>
        <source>A router&apos;s row is the direction that its expert answers to.</source>
        <translation>Die Zeile eines Routers ist die Richtung, auf die ihr Experte anspricht.</translation>
    </message>
    <message>
        <source>No model is open.</source>
        <translation>Es ist kein Modell offen.</translation>
    </message>
    <message>
        <source>Reading the list of tensors…</source>
        <translation>Die Liste der Tensoren wird gelesen…</translation>
    </message>
    <message>
        <source>MEASURED: %1</source>
        <translation>GEMESSEN: %1</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>Layer %1</translation>
    </message>
    <message>
        <source>Fingerprint %1: of all names, shapes, types and sizes, and the contents of norms and routers</source>
        <translation>Fingerabdruck %1: aus allen Namen, Formen, Typen und Größen sowie den Inhalten der Normen und Router</translation>
    </message>
    <message>
        <source>Choose a tensor to see how its values are spread.</source>
        <translation>Einen Tensor wählen, um die Verteilung seiner Werte zu sehen.</translation>
    </message>
    <message>
        <source>Reading %1…</source>
        <translation>%1 wird gelesen…</translation>
    </message>
    <message>
        <source>A model&apos;s plan is made before a weight is read: it stands in the dialog that opens a model, and here once it is open.</source>
        <translation>Der Plan eines Modells entsteht, bevor ein Gewicht gelesen wird: Er steht im Dialog zum Öffnen eines Modells und nach dem Öffnen hier.</translation>
    </message>
    <message>
        <source>DERIVED: %1</source>
        <translation>ABGELEITET: %1</translation>
    </message>
    <message>
        <source>length</source>
        <translation>Länge</translation>
    </message>
    <message>
        <source>expert %1</source>
        <translation>Experte %1</translation>
    </message>
    <message>
        <source>MEASURED. Length of each expert&apos;s row, and its cosine with each expert&apos;s. By chance a cosine is 0, within ±%1 in 95 of 100 pairs; what lies outside is bold.</source>
        <translation>GEMESSEN. Länge der Zeile jedes Experten und ihr Kosinus mit der jedes anderen. Bei Zufall ist ein Kosinus 0, in 95 von 100 Paaren innerhalb von ±%1; was außerhalb liegt, ist fett.</translation>
    </message>
    <message>
        <source>%1 · %2 · %3 tensors, %4 · %5</source>
        <translation>%1 · %2 · %3 Tensoren, %4 · %5</translation>
    </message>
    <message>
        <source>Heat</source>
        <translation>Heat</translation>
    </message>
</context>
<context>
    <name>gatescope::ModelSummaryView</name>
    <message>
        <source>%1 on %2</source>
        <translation>%1 auf %2</translation>
    </message>
    <message>
        <source>What the model is</source>
        <translation>Was das Modell ist</translation>
    </message>
    <message>
        <source>This cannot be opened</source>
        <translation>Das lässt sich nicht öffnen</translation>
    </message>
    <message>
        <source>Fits this machine</source>
        <translation>Passt auf diesen Rechner</translation>
    </message>
    <message>
        <source>Does not fit this machine</source>
        <translation>Passt nicht auf diesen Rechner</translation>
    </message>
    <message>
        <source>DERIVED</source>
        <translation>ABGELEITET</translation>
    </message>
    <message>
        <source>SYNTHETIC</source>
        <translation>SYNTHETISCH</translation>
    </message>
    <message>
        <source>The model</source>
        <translation>Das Modell</translation>
    </message>
    <message>
        <source>Missing or odd</source>
        <translation>Fehlendes oder Auffälliges</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>und %1 weitere</translation>
    </message>
</context>
<context>
    <name>gatescope::OpenModelDialog</name>
    <message>
        <source>Open a model</source>
        <translation>Modell öffnen</translation>
    </message>
    <message>
        <source>The directory of an xAI checkpoint (it holds ckpt-0 and tokenizer.model), a Hugging Face directory of Grok-1 (config.json and .safetensors), a GGUF file of Grok-1 or the directory that holds its parts, or synthetic:NAME for random weights in the shapes of a known model: grok-1, grok-1-tiny, bench-1b, bench-tiny.</source>
        <translation>Das Verzeichnis eines xAI-Checkpoints (mit ckpt-0 und tokenizer.model), ein Hugging-Face-Verzeichnis von Grok-1 (config.json und .safetensors), eine GGUF-Datei von Grok-1 oder das Verzeichnis mit ihren Teilen, oder synthetic:NAME für zufällige Gewichte in den Formen eines bekannten Modells: grok-1, grok-1-tiny, bench-1b, bench-tiny.</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>/path/to/checkpoint or synthetic:grok-1-tiny</source>
        <translation>/pfad/zum/checkpoint oder synthetic:grok-1-tiny</translation>
    </message>
    <message>
        <source>&amp;Folder…</source>
        <translation>&amp;Ordner…</translation>
    </message>
    <message>
        <source>Choose the folder of a model</source>
        <translation>Ordner eines Modells wählen</translation>
    </message>
    <message>
        <source>F&amp;ile…</source>
        <translation>&amp;Datei…</translation>
    </message>
    <message>
        <source>Choose the file of a model</source>
        <translation>Datei eines Modells wählen</translation>
    </message>
    <message>
        <source>&amp;Computed by</source>
        <translation>&amp;Rechnen auf</translation>
    </message>
    <message>
        <source>Computed by</source>
        <translation>Rechnen auf</translation>
    </message>
    <message>
        <source>this computer&apos;s processor</source>
        <translation>Prozessor dieses Rechners</translation>
    </message>
    <message>
        <source>an NVIDIA GPU</source>
        <translation>NVIDIA-GPU</translation>
    </message>
    <message>
        <source>Opened before</source>
        <translation>Früher geöffnet</translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation>%1 öffnen</translation>
    </message>
    <message>
        <source>Open the demo model</source>
        <translation>Demomodell öffnen</translation>
    </message>
    <message>
        <source>Folder of a model</source>
        <translation>Ordner eines Modells</translation>
    </message>
    <message>
        <source>File of a model</source>
        <translation>Datei eines Modells</translation>
    </message>
    <message>
        <source>Models (*.gguf *.safetensors);;All files (*)</source>
        <translation>Modelle (*.gguf *.safetensors);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>What the model is and whether it fits shows here before it loads.</source>
        <translation>Was das Modell ist und ob es passt, steht hier, bevor es geladen wird.</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Wird gelesen…</translation>
    </message>
    <message>
        <source>Plan for &amp;more devices…</source>
        <translation>Für &amp;mehr Geräte planen…</translation>
    </message>
    <message>
        <source>Where it would lie on several GPUs, and how fast it would answer: nothing is loaded</source>
        <translation>Wo es auf mehreren GPUs läge und wie schnell es antworten würde: Geladen wird nichts</translation>
    </message>
</context>
<context>
    <name>gatescope::PaletteModel</name>
    <message>
        <source>Used last</source>
        <translation>Zuletzt benutzt</translation>
    </message>
    <message>
        <source>not available now: %1</source>
        <translation>jetzt nicht verfügbar: %1</translation>
    </message>
</context>
<context>
    <name>gatescope::PlanCheck</name>
    <message>
        <source>Predicted beside measured</source>
        <translation>Vorhergesagt neben gemessen</translation>
    </message>
    <message>
        <source>predicted</source>
        <translation>vorhergesagt</translation>
    </message>
    <message>
        <source>measured</source>
        <translation>gemessen</translation>
    </message>
    <message>
        <source>Predicted speed and memory stand here beside the measured ones when a reply is done.</source>
        <translation>Vorhergesagte Geschwindigkeit und vorhergesagter Speicher stehen hier neben den gemessenen, wenn eine Antwort fertig ist.</translation>
    </message>
    <message>
        <source>memory, %1</source>
        <translation>Speicher, %1</translation>
    </message>
    <message>
        <source>ratio</source>
        <translation>Verhältnis</translation>
    </message>
    <message>
        <source>Predicted from the bytes that a token reads and what this machine reads in a second, of which programs reach a part. Memory: planned, with branches at most, beside what is taken, the program and its window included. Ratio: measured by predicted.</source>
        <translation>Vorhergesagt aus den Bytes, die ein Token liest, und dem, was diese Maschine in einer Sekunde liest, wovon Programme einen Teil erreichen. Speicher: geplant, mit so vielen Zweigen wie höchstens, neben dem belegten, Programm und Fenster eingeschlossen. Verhältnis: gemessen durch vorhergesagt.</translation>
    </message>
    <message>
        <source>tokens/s, last reply</source>
        <translation>Token/s, letzte Antwort</translation>
    </message>
    <message>
        <source>PREDICTED from %1 of weights a token reads, beside what is MEASURED</source>
        <translation>VORHERGESAGT aus %1 Gewichten, die ein Token liest, neben dem, was GEMESSEN ist</translation>
    </message>
</context>
<context>
    <name>gatescope::PlanTable</name>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>KV cache of %1 tokens</source>
        <translation>KV-Cache für %1 Token</translation>
    </message>
    <message>
        <source>branches put aside, at most</source>
        <translation>beiseitegelegte Zweige, höchstens</translation>
    </message>
    <message>
        <source>the work itself</source>
        <translation>die Arbeit selbst</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>benötigt</translation>
    </message>
    <message>
        <source>free before</source>
        <translation>vorher frei</translation>
    </message>
    <message>
        <source>What an inspection puts aside is part of the branches. A comparison under other interventions takes a second KV cache, as long as what is compared, and is refused where that is not free.</source>
        <translation>Was eine Untersuchung beiseitelegt, zählt zu den Zweigen. Ein Vergleich unter anderen Eingriffen braucht einen zweiten KV-Cache, so lang wie das Verglichene, und wird abgelehnt, wo dieser keinen Platz hat.</translation>
    </message>
    <message>
        <source>What lies where in memory</source>
        <translation>Was wo im Speicher liegt</translation>
    </message>
    <message>
        <source>%1 bytes</source>
        <translation>%1 Bytes</translation>
    </message>
</context>
<context>
    <name>gatescope::PresetRow</name>
    <message>
        <source>Preset</source>
        <translation>Voreinstellung</translation>
    </message>
    <message>
        <source>Keep these settings as a preset</source>
        <translation>Diese Einstellungen als Voreinstellung behalten</translation>
    </message>
    <message>
        <source>Delete this preset</source>
        <translation>Diese Voreinstellung löschen</translation>
    </message>
    <message>
        <source>Name of the preset</source>
        <translation>Name der Voreinstellung</translation>
    </message>
    <message>
        <source>Keep it under this name</source>
        <translation>Unter diesem Namen behalten</translation>
    </message>
    <message>
        <source>Keep nothing</source>
        <translation>Nichts behalten</translation>
    </message>
    <message>
        <source>Custom</source>
        <translation>Eigene</translation>
    </message>
    <message>
        <source>“%1” comes with Gatescope: take another name.</source>
        <translation>„%1“ gehört zu Gatescope: einen anderen Namen wählen.</translation>
    </message>
    <message>
        <source>A preset is a file of its name: 1 to 60 characters without a slash, no blank or dot at an end.</source>
        <translation>Eine Voreinstellung ist eine Datei ihres Namens: 1 bis 60 Zeichen ohne Schrägstrich, am Ende weder Leerzeichen noch Punkt.</translation>
    </message>
</context>
<context>
    <name>gatescope::PromptPreview</name>
    <message>
        <source>Token by token</source>
        <translation>Token für Token</translation>
    </message>
    <message>
        <source>The prompt as the model reads it</source>
        <translation>Der Prompt, wie ihn das Modell liest</translation>
    </message>
    <message>
        <source>template</source>
        <translation>Vorlage</translation>
    </message>
    <message>
        <source>system text</source>
        <translation>Systemtext</translation>
    </message>
    <message>
        <source>yours</source>
        <translation>eigener Text</translation>
    </message>
    <message>
        <source>the model&apos;s</source>
        <translation>vom Modell</translation>
    </message>
    <message>
        <source>1 token</source>
        <translation>1 Token</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 Token</translation>
    </message>
    <message>
        <source>Open a model to see the tokens</source>
        <translation>Ein Modell öffnen, um die Token zu sehen</translation>
    </message>
    <message>
        <source>1 message before these is not shown</source>
        <translation>1 Nachricht davor wird nicht gezeigt</translation>
    </message>
    <message>
        <source>%1 messages before these are not shown</source>
        <translation>%1 Nachrichten davor werden nicht gezeigt</translation>
    </message>
</context>
<context>
    <name>gatescope::ProvenanceBadge</name>
    <message>
        <source>REPLAY</source>
        <translation>WIEDERGABE</translation>
    </message>
    <message>
        <source>Read from a recording, not computed now</source>
        <translation>Aus einer Aufzeichnung gelesen, nicht jetzt berechnet</translation>
    </message>
    <message>
        <source>SYNTHETIC</source>
        <translation>SYNTHETISCH</translation>
    </message>
    <message>
        <source>From random weights: it means nothing</source>
        <translation>Aus zufälligen Gewichten: bedeutet nichts</translation>
    </message>
    <message>
        <source>MEASURED</source>
        <translation>GEMESSEN</translation>
    </message>
    <message>
        <source>Taken from the model&apos;s own routers</source>
        <translation>Den Routern des Modells selbst entnommen</translation>
    </message>
</context>
<context>
    <name>gatescope::ReadingChoice</name>
    <message>
        <source>Show replies</source>
        <translation>Antworten zeigen</translation>
    </message>
    <message>
        <source>Show replies as they are read, with their marks as the model wrote them, or token by token with ids</source>
        <translation>Antworten formatiert, wie geschrieben mit allen Auszeichnungen oder Token für Token mit IDs zeigen</translation>
    </message>
    <message>
        <source>As read</source>
        <translation>Formatiert</translation>
    </message>
    <message>
        <source>As written</source>
        <translation>Wie geschrieben</translation>
    </message>
    <message>
        <source>Token by token</source>
        <translation>Token für Token</translation>
    </message>
</context>
<context>
    <name>gatescope::RemovalToast</name>
    <message>
        <source>Deleted this version and what followed it</source>
        <translation>Diese Version und alles Folgende gelöscht</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Undo deleting the version</source>
        <translation>Löschen der Version rückgängig machen</translation>
    </message>
</context>
<context>
    <name>gatescope::ReplayBar</name>
    <message>
        <source>First token (Home)</source>
        <translation>Erstes Token (Pos1)</translation>
    </message>
    <message>
        <source>Token before (,)</source>
        <translation>Voriges Token (,)</translation>
    </message>
    <message>
        <source>Play (Space)</source>
        <translation>Abspielen (Leertaste)</translation>
    </message>
    <message>
        <source>Next token (.)</source>
        <translation>Nächstes Token (.)</translation>
    </message>
    <message>
        <source>Follow the newest token (End)</source>
        <translation>Dem neuesten Token folgen (Ende)</translation>
    </message>
    <message>
        <source>Token shown</source>
        <translation>Gezeigtes Token</translation>
    </message>
    <message>
        <source>Speed of replay</source>
        <translation>Geschwindigkeit der Wiedergabe</translation>
    </message>
    <message>
        <source>How long each token took is not recorded, so the speed is in tokens per second</source>
        <translation>Wie lange jedes Token brauchte, ist nicht aufgezeichnet, daher gilt die Geschwindigkeit in Token pro Sekunde</translation>
    </message>
    <message>
        <source>%1× · %2 tok/s</source>
        <translation>%1× · %2 Tok/s</translation>
    </message>
    <message>
        <source>token %1 of %2</source>
        <translation>Token %1 von %2</translation>
    </message>
    <message>
        <source>Pause (Space)</source>
        <translation>Pause (Leertaste)</translation>
    </message>
</context>
<context>
    <name>gatescope::ReplyNotice</name>
    <message>
        <source>It took %1 s.</source>
        <translation>Es dauerte %1 s.</translation>
    </message>
    <message>
        <source>The reply is done</source>
        <translation>Die Antwort ist fertig</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
</context>
<context>
    <name>gatescope::ReplySettings</name>
    <message>
        <source>Reply settings</source>
        <translation>Antwort-Einstellungen</translation>
    </message>
    <message>
        <source>How replies are written</source>
        <translation>Wie Antworten geschrieben werden</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>Voreinstellung</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>0 always takes the likeliest token; higher is more varied</source>
        <translation>0 nimmt immer das wahrscheinlichste Token; höher wird es abwechslungsreicher</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Draws from the smallest set of tokens with this much probability; 1: all</source>
        <translation>Zieht aus der kleinsten Menge von Token mit so viel Wahrscheinlichkeit; 1: alle</translation>
    </message>
    <message>
        <source>Top-k tokens</source>
        <translation>Top-k-Token</translation>
    </message>
    <message>
        <source>Draws from this many likeliest tokens; 0: all</source>
        <translation>Zieht aus so vielen wahrscheinlichsten Token; 0: alle</translation>
    </message>
    <message>
        <source>Min-p</source>
        <translation>Min-p</translation>
    </message>
    <message>
        <source>Drops tokens less likely than this share of the likeliest; 0: none</source>
        <translation>Verwirft Token, die unwahrscheinlicher sind als dieser Anteil des wahrscheinlichsten; 0: keine</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>Wiederholungsstrafe</translation>
    </message>
    <message>
        <source>Above 1, tokens seen lately become less likely</source>
        <translation>Über 1 werden zuletzt gesehene Token unwahrscheinlicher</translation>
    </message>
    <message>
        <source>The same seed draws the same tokens; empty: a new one each time</source>
        <translation>Derselbe Seed zieht dieselben Token; leer: jedes Mal ein neuer</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Seed</translation>
    </message>
    <message>
        <source>Longest reply</source>
        <translation>Längste Antwort</translation>
    </message>
    <message>
        <source>Tokens a reply may have</source>
        <translation>Wie viele Token eine Antwort haben darf</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> Token</translation>
    </message>
    <message>
        <source>Stop at</source>
        <translation>Anhalten bei</translation>
    </message>
    <message>
        <source>A text a line; \n is a line break</source>
        <translation>Ein Text je Zeile; \n ist ein Zeilenumbruch</translation>
    </message>
    <message>
        <source>Draft what the text said before</source>
        <translation>Entwürfe aus dem bisherigen Text</translation>
    </message>
    <message>
        <source>Verifies several drafted tokens in one step where that pays; the reply is the same</source>
        <translation>Prüft mehrere entworfene Token in einem Schritt, wo sich das lohnt; die Antwort ist dieselbe</translation>
    </message>
    <message>
        <source>Speculation</source>
        <translation>Spekulation</translation>
    </message>
    <message>
        <source>System text</source>
        <translation>Systemtext</translation>
    </message>
    <message>
        <source>Put in front of the whole conversation</source>
        <translation>Steht vor dem ganzen Gespräch</translation>
    </message>
    <message>
        <source>The template stops at %1, too.</source>
        <translation>Die Vorlage hält auch bei %1 an.</translation>
    </message>
</context>
<context>
    <name>gatescope::RigPlanDialog</name>
    <message>
        <source>8 bits (q8_0)</source>
        <translation>8 Bit (q8_0)</translation>
    </message>
    <message>
        <source>4 bits (q4_0)</source>
        <translation>4 Bit (q4_0)</translation>
    </message>
    <message>
        <source>Plan for more devices</source>
        <translation>Für mehr Geräte planen</translation>
    </message>
    <message>
        <source>PREDICTED</source>
        <translation>VORHERGESAGT</translation>
    </message>
    <message>
        <source>Arithmetic on bytes and rates. Nothing was loaded or timed.</source>
        <translation>Aus Bytes und Raten gerechnet. Nichts wurde geladen oder gemessen.</translation>
    </message>
    <message>
        <source>Why it would lie so</source>
        <translation>Warum es so läge</translation>
    </message>
    <message>
        <source>&amp;Machine</source>
        <translation>&amp;Rechner</translation>
    </message>
    <message>
        <source>as they are stored</source>
        <translation>wie gespeichert</translation>
    </message>
    <message>
        <source>&amp;Weights</source>
        <translation>&amp;Gewichte</translation>
    </message>
    <message>
        <source>8 bits (int8)</source>
        <translation>8 Bit (int8)</translation>
    </message>
    <message>
        <source>&amp;Keys and values</source>
        <translation>&amp;Keys und Values</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> Token</translation>
    </message>
    <message>
        <source>Conte&amp;xt</source>
        <translation>Konte&amp;xt</translation>
    </message>
    <message>
        <source>all</source>
        <translation>alle</translation>
    </message>
    <message>
        <source>&amp;GPUs, at most</source>
        <translation>GP&amp;Us, höchstens</translation>
    </message>
    <message>
        <source>as is fastest</source>
        <translation>wie es am schnellsten ist</translation>
    </message>
    <message>
        <source>GPUs that &amp;share a layer</source>
        <translation>GPUs, die sich eine &amp;Schicht teilen</translation>
    </message>
    <message>
        <source>all that is free</source>
        <translation>aller freie</translation>
    </message>
    <message>
        <source> GB</source>
        <translation> GB</translation>
    </message>
    <message>
        <source>Memory of the &amp;host, at most</source>
        <translation>&amp;Hauptspeicher, höchstens</translation>
    </message>
    <message>
        <source>Description of a machine</source>
        <translation>Beschreibung eines Rechners</translation>
    </message>
    <message>
        <source>Rigs (*.json);;All files (*)</source>
        <translation>Rechner (*.json);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>This machine – choose another…</source>
        <translation>Dieser Rechner – anderen wählen…</translation>
    </message>
    <message>
        <source>%1 – back to this machine</source>
        <translation>%1 – zurück zu diesem Rechner</translation>
    </message>
    <message>
        <source>Planning…</source>
        <translation>Wird geplant…</translation>
    </message>
    <message>
        <source>There is no such plan</source>
        <translation>Einen solchen Plan gibt es nicht</translation>
    </message>
    <message>
        <source>Fits: %1 tokens a second, %2 with the whole context</source>
        <translation>Passt: %1 Token pro Sekunde, %2 mit vollem Kontext</translation>
    </message>
    <message>
        <source>Does not fit</source>
        <translation>Passt nicht</translation>
    </message>
    <message>
        <source>%1. %2 of weights, of which a token reads %3. Context of %4 tokens.</source>
        <translation>%1. Gewichte: %2, davon liest ein Token %3. Kontext: %4 Token.</translation>
    </message>
    <message>
        <source>Second best: %1</source>
        <translation>Am zweitbesten: %1</translation>
    </message>
    <message>
        <source>With weights of %1: %2, %3 tokens a second</source>
        <translation>Mit Gewichten zu %1: %2, %3 Token pro Sekunde</translation>
    </message>
    <message>
        <source>With weights of %1: %2, which does not fit</source>
        <translation>Mit Gewichten zu %1: %2, was nicht passt</translation>
    </message>
</context>
<context>
    <name>gatescope::RigPlanTable</name>
    <message>
        <source>What would lie where</source>
        <translation>Was wo läge</translation>
    </message>
    <message>
        <source>place</source>
        <translation>Ort</translation>
    </message>
    <message>
        <source>layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>experts</source>
        <translation>Experten</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>KV cache</source>
        <translation>KV-Cache</translation>
    </message>
    <message>
        <source>the work itself</source>
        <translation>die Arbeit selbst</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>benötigt</translation>
    </message>
    <message>
        <source>free</source>
        <translation>frei</translation>
    </message>
    <message>
        <source>%1, not used</source>
        <translation>%1, nicht benutzt</translation>
    </message>
    <message>
        <source>disk</source>
        <translation>Datenträger</translation>
    </message>
</context>
<context>
    <name>gatescope::RunChoices</name>
    <message>
        <source>ablate %1</source>
        <translation>ablatiert %1</translation>
    </message>
    <message>
        <source>force %1</source>
        <translation>erzwungen %1</translation>
    </message>
    <message>
        <source>bias %1</source>
        <translation>Bias %1</translation>
    </message>
    <message>
        <source>top %1</source>
        <translation>Top %1</translation>
    </message>
    <message>
        <source>top-k %1</source>
        <translation>Top-k %1</translation>
    </message>
    <message>
        <source>renormalise</source>
        <translation>renormiert</translation>
    </message>
    <message>
        <source>no interventions</source>
        <translation>keine Eingriffe</translation>
    </message>
    <message>
        <source>Reply %1 of %2 · %3</source>
        <translation>Antwort %1 von %2 · %3</translation>
    </message>
    <message>
        <source>Prompt %1: %2</source>
        <translation>Prompt %1: %2</translation>
    </message>
    <message>
        <source>A</source>
        <translation>A</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>This conversation</source>
        <translation>Dieses Gespräch</translation>
    </message>
    <message>
        <source>Recording: %1</source>
        <translation>Aufzeichnung: %1</translation>
    </message>
    <message>
        <source>Conversation: %1</source>
        <translation>Gespräch: %1</translation>
    </message>
</context>
<context>
    <name>gatescope::SamplingView</name>
    <message>
        <source>What these settings leave of the newest token</source>
        <translation>Was diese Einstellungen vom neuesten Token übrig lassen</translation>
    </message>
    <message>
        <source>%1 of %2 words can be drawn.</source>
        <translation>%1 von %2 Wörtern sind ziehbar.</translation>
    </message>
    <message>
        <source>At least %1 of %2 words can be drawn; those behind these with %3 at most.</source>
        <translation>Mindestens %1 von %2 Wörtern sind ziehbar; die dahinter mit höchstens %3.</translation>
    </message>
    <message>
        <source>Before the repetition penalty.</source>
        <translation>Vor der Wiederholungsstrafe.</translation>
    </message>
    <message>
        <source>Derived from what was recorded.</source>
        <translation>Aus dem Aufgezeichneten abgeleitet.</translation>
    </message>
    <message>
        <source>≤ %1</source>
        <translation>≤ %1</translation>
    </message>
    <message>
        <source>temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>top-k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>top-p</source>
        <translation>top-p</translation>
    </message>
    <message>
        <source>min-p</source>
        <translation>min-p</translation>
    </message>
    <message>
        <source>What they leave of the newest token, “%1”</source>
        <translation>Was sie vom neuesten Token übrig lassen, „%1“</translation>
    </message>
    <message>
        <source>Grey: the model&apos;s probability; colour: the chance of being drawn.</source>
        <translation>Grau: Wahrscheinlichkeit des Modells; farbig: Chance, gezogen zu werden.</translation>
    </message>
</context>
<context>
    <name>gatescope::SankeyView</name>
    <message>
        <source>layer %1</source>
        <translation>Layer %1</translation>
    </message>
    <message>
        <source>orange: more than chance gives, blue: less, grey: within its 95 % band</source>
        <translation>orange: mehr als bei Zufall, blau: weniger, grau: innerhalb des 95-%-Bands</translation>
    </message>
    <message>
        <source> · thin bands left out: %1</source>
        <translation> · Bänder aus wenigen Token weggelassen: %1</translation>
    </message>
</context>
<context>
    <name>gatescope::SeedField</name>
    <message>
        <source>Seed</source>
        <translation>Seed</translation>
    </message>
    <message>
        <source>new each time</source>
        <translation>jedes Mal neu</translation>
    </message>
    <message>
        <source>Draw a new seed for each reply again</source>
        <translation>Wieder für jede Antwort einen neuen Seed ziehen</translation>
    </message>
    <message>
        <source>Keep the seed that the last reply was drawn with</source>
        <translation>Den Seed der letzten Antwort behalten</translation>
    </message>
</context>
<context>
    <name>gatescope::SeedPanel</name>
    <message>
        <source>seeds</source>
        <translation>Seeds</translation>
    </message>
    <message>
        <source>tokens a reply</source>
        <translation>Token je Antwort</translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation>CSV exportieren…</translation>
    </message>
    <message>
        <source>Seeds run</source>
        <translation>Ausgeführte Seeds</translation>
    </message>
    <message>
        <source>KL a token, A to B</source>
        <translation>KL je Token, A zu B</translation>
    </message>
    <message>
        <source>Replies with another first token</source>
        <translation>Antworten mit anderem ersten Token</translation>
    </message>
    <message>
        <source>Replies that differ</source>
        <translation>Abweichende Antworten</translation>
    </message>
    <message>
        <source>Tokens that differ</source>
        <translation>Abweichende Token</translation>
    </message>
    <message>
        <source>What differs over the seeds</source>
        <translation>Was über die Seeds abweicht</translation>
    </message>
    <message>
        <source>Over all seeds</source>
        <translation>Über alle Seeds</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation>95-%-Intervall</translation>
    </message>
    <message>
        <source>Export as CSV</source>
        <translation>Als CSV exportieren</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>Tabellen (*.csv)</translation>
    </message>
    <message>
        <source>%1 could not be written: %2</source>
        <translation>%1 konnte nicht geschrieben werden: %2</translation>
    </message>
    <message>
        <source>%</source>
        <translation>%</translation>
    </message>
    <message>
        <source>bit</source>
        <translation>Bit</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>%1 to %2 %3</source>
        <translation>%1 bis %2 %3</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Run the seeds</source>
        <translation>Seeds ausführen</translation>
    </message>
    <message>
        <source>Continues the prompt of A and B with many seeds, as A and as B: what differs by more than luck</source>
        <translation>Setzt den Prompt von A und B mit vielen Seeds fort, einmal wie A, einmal wie B: was stärker abweicht als durch Zufall</translation>
    </message>
    <message>
        <source>seeds from %1, temperature %2, up to %3 tokens</source>
        <translation>Seeds ab %1, Temperatur %2, bis zu %3 Token</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>%1 seeds run: %2</source>
        <translation>%1 Seeds ausgeführt: %2</translation>
    </message>
    <message>
        <source>Ended by a fault, %1 seeds run: %2</source>
        <translation>Durch einen Fehler beendet, %1 Seeds ausgeführt: %2</translation>
    </message>
    <message>
        <source>Ended early, %1 seeds run: %2</source>
        <translation>Vorzeitig beendet, %1 Seeds ausgeführt: %2</translation>
    </message>
    <message>
        <source>%1 seeds run: %2. Intervals are over the seeds.</source>
        <translation>%1 Seeds ausgeführt: %2. Intervalle gelten über die Seeds.</translation>
    </message>
</context>
<context>
    <name>gatescope::SeedRuns</name>
    <message>
        <source>Choose two runs first.</source>
        <translation>Zuerst zwei Läufe wählen.</translation>
    </message>
    <message>
        <source>The runs have no prompt in common: choose two versions of the last reply.</source>
        <translation>Die Läufe haben keinen gemeinsamen Prompt: zwei Versionen der letzten Antwort wählen.</translation>
    </message>
    <message>
        <source>Both sides have the same interventions, so every seed would say the same.</source>
        <translation>Beide Seiten haben dieselben Eingriffe, also sagt jeder Seed dasselbe.</translation>
    </message>
    <message>
        <source>Routes that are held to are those of one reply; another seed has none.</source>
        <translation>Festgelegte Routen gehören zu einer Antwort; ein anderer Seed hat keine.</translation>
    </message>
    <message>
        <source>No model is open: open the one that wrote A.</source>
        <translation>Es ist kein Modell offen: das öffnen, das A geschrieben hat.</translation>
    </message>
    <message>
        <source>Another model is open than the one that wrote A.</source>
        <translation>Es ist ein anderes Modell offen als das, das A geschrieben hat.</translation>
    </message>
    <message>
        <source>A reply is being written.</source>
        <translation>Eine Antwort wird gerade geschrieben.</translation>
    </message>
    <message>
        <source>At temperature 0 every seed says the same: set another in the reply settings.</source>
        <translation>Bei Temperatur 0 sagt jeder Seed dasselbe: in den Antwort-Einstellungen eine andere festlegen.</translation>
    </message>
</context>
<context>
    <name>gatescope::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>Hoher Kontrast</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>&amp;Farbschema</translation>
    </message>
    <message>
        <source> %</source>
        <translation> %</translation>
    </message>
    <message>
        <source>Te&amp;xt size</source>
        <translation>Te&amp;xtgröße</translation>
    </message>
    <message>
        <source>&amp;Reduced motion: nothing glows, slides or blinks</source>
        <translation>&amp;Weniger Bewegung: nichts leuchtet, gleitet oder blinkt</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>&amp;Sprache</translation>
    </message>
    <message>
        <source>Spoken from the next start on.</source>
        <translation>Gilt ab dem nächsten Start.</translation>
    </message>
    <message>
        <source>Start a&amp;gain now</source>
        <translation>&amp;Jetzt neu starten</translation>
    </message>
    <message>
        <source>&amp;Tell me elsewhere when a long reply is done</source>
        <translation>System&amp;meldung, wenn eine lange Antwort fertig ist</translation>
    </message>
    <message>
        <source>&amp;Show how the reply begins</source>
        <translation>&amp;Anfang der Antwort zeigen</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>Meldungen</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts…</source>
        <translation>&amp;Tastenkürzel…</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Profile folder: %1</source>
        <translation>Profilordner: %1</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copy the path of the profile folder</source>
        <translation>Pfad des Profilordners kopieren</translation>
    </message>
    <message>
        <source>Profile</source>
        <translation>Profil</translation>
    </message>
    <message>
        <source>Conversations, layouts, keys and these settings are kept there. Another one is chosen with --profile-dir.</source>
        <translation>Dort liegen Gespräche, Layouts, Tasten und diese Einstellungen. Ein anderer wird mit --profile-dir gewählt.</translation>
    </message>
    <message>
        <source>L&amp;earn which experts are hot</source>
        <translation>&amp;Lernen, welche Experten heiß sind</translation>
    </message>
    <message>
        <source>How often each expert of a model was selected is counted while you chat. Only counts are kept, no text.</source>
        <translation>Während des Chats wird gezählt, wie oft jeder Experte eines Modells gewählt wurde. Gespeichert werden nur Zahlen, kein Text.</translation>
    </message>
    <message>
        <source>Heat</source>
        <translation>Heat</translation>
    </message>
</context>
<context>
    <name>gatescope::ShortcutsDialog</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Filter by name or key</source>
        <translation>Nach Name oder Taste filtern</translation>
    </message>
    <message>
        <source>Commands and their keys</source>
        <translation>Befehle und ihre Tasten</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Reset all keys</source>
        <translation>Alle Tasten zurücksetzen</translation>
    </message>
    <message>
        <source>New keys: press them</source>
        <translation>Neue Tasten: hier drücken</translation>
    </message>
    <message>
        <source>Set</source>
        <translation>Festlegen</translation>
    </message>
    <message>
        <source>No key</source>
        <translation>Keine Taste</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Change the cell picked, in the heatmap</source>
        <translation>Markierte Zelle ändern, in der Heatmap</translation>
    </message>
    <message>
        <source>Left, Right</source>
        <translation>Links, Rechts</translation>
    </message>
    <message>
        <source>Shift+Left, Shift+Right</source>
        <translation>Umschalt+Links, Umschalt+Rechts</translation>
    </message>
    <message>
        <source>Send, and new line, in the message</source>
        <translation>Senden und neue Zeile, in der Nachricht</translation>
    </message>
    <message>
        <source>Enter, Shift+Enter</source>
        <translation>Eingabe, Umschalt+Eingabe</translation>
    </message>
    <message>
        <source>By default: %1</source>
        <translation>Standard: %1</translation>
    </message>
    <message>
        <source>Pick a command to change its keys.</source>
        <translation>Einen Befehl wählen, um seine Tasten zu ändern.</translation>
    </message>
    <message>
        <source>Take them over</source>
        <translation>Übernehmen</translation>
    </message>
    <message>
        <source>%1 belongs to “%2”, which would lose it.</source>
        <translation>%1 gehört zu „%2“ und ginge dort verloren.</translation>
    </message>
    <message>
        <source>Click the field and press the new keys.</source>
        <translation>Ins Feld klicken und die neuen Tasten drücken.</translation>
    </message>
    <message>
        <source>These keys are free.</source>
        <translation>Diese Tasten sind frei.</translation>
    </message>
    <message>
        <source>In what has the keyboard (fixed)</source>
        <translation>Dort, wo der Tastaturfokus ist (nicht änderbar)</translation>
    </message>
    <message>
        <source>Walk the cells, rows and marks of a view</source>
        <translation>Durch Zellen, Zeilen und Marken einer Ansicht wandern</translation>
    </message>
    <message>
        <source>Arrows, Page Up, Page Down</source>
        <translation>Pfeiltasten, Bild auf, Bild ab</translation>
    </message>
    <message>
        <source>First and last</source>
        <translation>Zum Anfang und zum Ende</translation>
    </message>
    <message>
        <source>Home, End</source>
        <translation>Pos1, Ende</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Eingabe</translation>
    </message>
    <message>
        <source>Previous and next token, in the conversation and the waterfall</source>
        <translation>Voriges und nächstes Token, im Gespräch und im Wasserfall</translation>
    </message>
    <message>
        <source>Stretch the range of tokens, there</source>
        <translation>Dort den Token-Bereich erweitern</translation>
    </message>
    <message>
        <source>Give up the range or the token picked</source>
        <translation>Bereich oder markiertes Token aufheben</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
</context>
<context>
    <name>gatescope::SpokenNotices</name>
    <message>
        <source>What was said</source>
        <translation>Was gesagt wurde</translation>
    </message>
</context>
<context>
    <name>gatescope::StatisticModel</name>
    <message>
        <source>layer</source>
        <translation>Layer</translation>
    </message>
    <message>
        <source>to layer</source>
        <translation>zu Layer</translation>
    </message>
    <message>
        <source>expert</source>
        <translation>Experte</translation>
    </message>
    <message>
        <source>to expert</source>
        <translation>zu Experte</translation>
    </message>
    <message>
        <source>with expert</source>
        <translation>mit Experte</translation>
    </message>
    <message>
        <source>token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>looks at</source>
        <translation>blickt auf</translation>
    </message>
    <message>
        <source>head</source>
        <translation>Head</translation>
    </message>
    <message>
        <source>token id</source>
        <translation>Token-ID</translation>
    </message>
    <message>
        <source>label</source>
        <translation>Gruppe</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>%1 (%2 to %3)</source>
        <translation>%1 (%2 bis %3)</translation>
    </message>
    <message>
        <source>stands out</source>
        <translation>hebt sich ab</translation>
    </message>
    <message>
        <source>may be luck</source>
        <translation>kann Zufall sein</translation>
    </message>
    <message>
        <source>statistic</source>
        <translation>Statistik</translation>
    </message>
    <message>
        <source>value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>less chance</source>
        <translation>minus Zufall</translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation>95-%-Intervall</translation>
    </message>
    <message>
        <source>observations</source>
        <translation>Beobachtungen</translation>
    </message>
    <message>
        <source>by chance</source>
        <translation>bei Zufall</translation>
    </message>
    <message>
        <source>verdict</source>
        <translation>Urteil</translation>
    </message>
</context>
<context>
    <name>gatescope::StatusLine</name>
    <message>
        <source>The folder of this profile cannot be written to, or its library is not readable. Start Gatescope with another folder (--profile-dir), or save recordings.</source>
        <translation>Der Ordner dieses Profils ist nicht beschreibbar oder seine Bibliothek nicht lesbar. Gatescope mit einem anderen Ordner starten (--profile-dir) oder Aufzeichnungen speichern.</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>%1 tokens/s with drafts</source>
        <translation>%1 Token/s mit Entwürfen</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 Token/s</translation>
    </message>
    <message>
        <source>context %1 of %2</source>
        <translation>Kontext %1 von %2</translation>
    </message>
    <message>
        <source>%1, branches %2</source>
        <translation>%1, Zweige %2</translation>
    </message>
    <message>
        <source>%1 tokens of other branches are kept, so that going back to one is immediate: they take %2 of memory, at most %3</source>
        <translation>%1 Token anderer Zweige werden behalten, damit der Wechsel dorthin sofort geht: Sie belegen %2 Speicher, höchstens %3</translation>
    </message>
    <message>
        <source>token %1 of %2 “%3”</source>
        <translation>Token %1 von %2 „%3“</translation>
    </message>
    <message>
        <source>not saved: conversations are in memory only</source>
        <translation>nicht gespeichert: Gespräche liegen nur im Arbeitsspeicher</translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <translation>%1 auf %2</translation>
    </message>
</context>
<context>
    <name>gatescope::TemplateEditor</name>
    <message>
        <source>Why is the sky blue?</source>
        <translation>Warum ist der Himmel blau?</translation>
    </message>
    <message>
        <source>Prompt templates</source>
        <translation>Prompt-Vorlagen</translation>
    </message>
    <message>
        <source>What the model reads</source>
        <translation>Was das Modell liest</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>Vorlagen</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>Duplizieren</translation>
    </message>
    <message>
        <source>A copy of this template, to edit</source>
        <translation>Eine Kopie dieser Vorlage zum Bearbeiten</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Beschreibung</translation>
    </message>
    <message>
        <source>In front of everything</source>
        <translation>Vor allem anderen</translation>
    </message>
    <message>
        <source>Behind the system text, before the first message: examples, say</source>
        <translation>Nach dem Systemtext, vor der ersten Nachricht: etwa Beispiele</translation>
    </message>
    <message>
        <source>Before a message of yours</source>
        <translation>Vor einer eigenen Nachricht</translation>
    </message>
    <message>
        <source>Line breaks count</source>
        <translation>Zeilenumbrüche zählen</translation>
    </message>
    <message>
        <source>Before a reply</source>
        <translation>Vor einer Antwort</translation>
    </message>
    <message>
        <source>A reply ends at</source>
        <translation>Eine Antwort endet bei</translation>
    </message>
    <message>
        <source>A text a line; \n is a line break</source>
        <translation>Ein Text je Zeile; \n ist ein Zeilenumbruch</translation>
    </message>
    <message>
        <source>Use in this chat</source>
        <translation>In diesem Chat verwenden</translation>
    </message>
    <message>
        <source>Comes with Gatescope. Duplicate it to have one that you can change.</source>
        <translation>Gehört zu Gatescope. Zum Ändern duplizieren.</translation>
    </message>
    <message>
        <source>Copy of %1</source>
        <translation>Kopie von %1</translation>
    </message>
</context>
<context>
    <name>gatescope::TensorTreeModel</name>
    <message>
        <source>Outside the layers</source>
        <translation>Außerhalb der Layer</translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation>Layer %1</translation>
    </message>
    <message>
        <source>Parameter</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Kept as</source>
        <translation>Gespeichert als</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>Ort</translation>
    </message>
</context>
<context>
    <name>gatescope::TintBar</name>
    <message>
        <source>Colour tokens by</source>
        <translation>Token einfärben nach</translation>
    </message>
    <message>
        <source>Colour each token by a quantity of its routing</source>
        <translation>Jedes Token nach einer Größe seines Routings einfärben</translation>
    </message>
    <message>
        <source>Plain text</source>
        <translation>Nur Text</translation>
    </message>
    <message>
        <source>First choice</source>
        <translation>Erste Wahl</translation>
    </message>
    <message>
        <source>Gate of picked expert</source>
        <translation>Gate des markierten Experten</translation>
    </message>
    <message>
        <source>Margin</source>
        <translation>Abstand</translation>
    </message>
    <message>
        <source>Decisive margin</source>
        <translation>Entscheidender Abstand</translation>
    </message>
    <message>
        <source>Router entropy</source>
        <translation>Router-Entropie</translation>
    </message>
    <message>
        <source>Routed mass</source>
        <translation>Geroutete Masse</translation>
    </message>
    <message>
        <source>Surprise</source>
        <translation>Überraschung</translation>
    </message>
    <message>
        <source>Repeated choice</source>
        <translation>Wiederholte Wahl</translation>
    </message>
    <message>
        <source>Layers of the tint</source>
        <translation>Layer der Einfärbung</translation>
    </message>
    <message>
        <source>Picked layer</source>
        <translation>Markierter Layer</translation>
    </message>
    <message>
        <source>All layers</source>
        <translation>Alle Layer</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Layer</translation>
    </message>
    <message>
        <source>The layer of the cell that is picked (all while none is), all layers, or a band of them</source>
        <translation>Der Layer der markierten Zelle (alle, solange keine markiert ist), alle Layer oder ein Abschnitt davon</translation>
    </message>
    <message>
        <source>First layer of the tint</source>
        <translation>Erster Layer der Einfärbung</translation>
    </message>
    <message>
        <source>Last layer of the tint</source>
        <translation>Letzter Layer der Einfärbung</translation>
    </message>
    <message>
        <source>to</source>
        <translation>bis</translation>
    </message>
    <message>
        <source>Numbers</source>
        <translation>Nummern</translation>
    </message>
    <message>
        <source>The expert&apos;s number above each token</source>
        <translation>Nummer des Experten über jedem Token</translation>
    </message>
</context>
<context>
    <name>gatescope::TintLegend</name>
    <message>
        <source>Legend of the tint</source>
        <translation>Legende der Einfärbung</translation>
    </message>
    <message>
        <source>colours again from %1 on · by chance %2 % each</source>
        <translation>Farben wiederholen sich ab %1 · bei Zufall je %2 %</translation>
    </message>
    <message>
        <source>by chance %1 % each</source>
        <translation>bei Zufall je %1 %</translation>
    </message>
    <message>
        <source>by chance %1 bits</source>
        <translation>bei Zufall %1 Bit</translation>
    </message>
    <message>
        <source>by chance %1</source>
        <translation>bei Zufall %1</translation>
    </message>
    <message>
        <source>Each expert has a colour; its number stands above the token if asked for</source>
        <translation>Jeder Experte hat eine Farbe; seine Nummer steht auf Wunsch über dem Token</translation>
    </message>
    <message>
        <source>Colour from 0 to %1</source>
        <translation>Farbe von 0 bis %1</translation>
    </message>
</context>
<context>
    <name>gatescope::TokenFilter</name>
    <message>
        <source>%1 of %2 tokens</source>
        <translation>%1 von %2 Token</translation>
    </message>
    <message>
        <source>%1, still looking</source>
        <translation>%1, sucht noch</translation>
    </message>
</context>
<context>
    <name>gatescope::TokenPanel</name>
    <message>
        <source>Follow</source>
        <translation>Folgen</translation>
    </message>
    <message>
        <source>Look into each token that is picked; a step of the model each time</source>
        <translation>In jedes markierte Token hineinsehen; jedes Mal ein Schritt des Modells</translation>
    </message>
    <message>
        <source>Look inside</source>
        <translation>Hineinsehen</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>Wörter</translation>
    </message>
    <message>
        <source>Lens</source>
        <translation>Lens</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Wer</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>Attention</translation>
    </message>
    <message>
        <source>The likeliest words, and the one that was taken</source>
        <translation>Die wahrscheinlichsten Wörter und das genommene</translation>
    </message>
    <message>
        <source>What the model would say if it ended behind each layer (logit lens)</source>
        <translation>Was das Modell sagen würde, wenn es nach dem jeweiligen Layer endete (Logit Lens)</translation>
    </message>
    <message>
        <source>What each expert and each attention added to a word&apos;s logit</source>
        <translation>Was jeder Experte und jede Attention zum Logit eines Worts beitrug</translation>
    </message>
    <message>
        <source>How much one head looked at each token before</source>
        <translation>Wie stark ein Head auf jedes vorherige Token blickte</translation>
    </message>
    <message>
        <source>Word whose logit is taken apart</source>
        <translation>Wort, dessen Logit zerlegt wird</translation>
    </message>
    <message>
        <source>Measured against</source>
        <translation>Gemessen gegen</translation>
    </message>
    <message>
        <source>The logit itself, or what is left of it against the average word, or against another word: what decided between the two</source>
        <translation>Das Logit selbst, oder was davon gegen das Durchschnittswort oder gegen ein anderes Wort bleibt: was zwischen beiden entschied</translation>
    </message>
    <message>
        <source>layer </source>
        <translation>Layer </translation>
    </message>
    <message>
        <source>Layer of the head</source>
        <translation>Layer des Heads</translation>
    </message>
    <message>
        <source>head </source>
        <translation>Head </translation>
    </message>
    <message>
        <source>Query head</source>
        <translation>Query-Head</translation>
    </message>
    <message>
        <source>token %1 “%2”, behind “%3”</source>
        <translation>Token %1 „%2“, nach „%3“</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>No token yet. Send a message, then pick one of its tokens.</source>
        <translation>Noch kein Token. Eine Nachricht senden und dann eines ihrer Token markieren.</translation>
    </message>
    <message>
        <source>What happened inside a token is computed anew, which takes the model: open it first.</source>
        <translation>Was in einem Token geschah, wird neu berechnet. Das braucht das Modell: zuerst öffnen.</translation>
    </message>
    <message>
        <source>Pick a token and look inside: the words the model weighed, what each layer would have said, which expert added what to the word, and where a head looked.
This takes one step of the model, and nothing while you do not ask.</source>
        <translation>Ein Token markieren und hineinsehen: die Wörter, die das Modell abwog, was jeder Layer gesagt hätte, welcher Experte was zum Wort beitrug und wohin ein Head blickte.
Das kostet einen Schritt des Modells, und nichts, solange nicht danach gefragt wird.</translation>
    </message>
    <message>
        <source>against nothing: the logit</source>
        <translation>gegen nichts: das Logit</translation>
    </message>
    <message>
        <source>against the average word</source>
        <translation>gegen das Durchschnittswort</translation>
    </message>
    <message>
        <source>to “%1”</source>
        <translation>zu „%1“</translation>
    </message>
    <message>
        <source>against “%1”</source>
        <translation>gegen „%1“</translation>
    </message>
    <message>
        <source>“%1” was taken: rank %2, p %3 at temperature 1</source>
        <translation>„%1“ wurde genommen: Rang %2, p %3 bei Temperatur 1</translation>
    </message>
    <message>
        <source>Marked: layers behind which the word taken is the likeliest</source>
        <translation>Hervorgehoben: Layer, nach denen das genommene Wort das wahrscheinlichste ist</translation>
    </message>
    <message>
        <source>%1 parts add up to %2 (final norm frozen)</source>
        <translation>%1 Teile ergeben zusammen %2 (finale Norm eingefroren)</translation>
    </message>
    <message>
        <source>Layer %1, head %2: weights of %3 tokens, sum 1</source>
        <translation>Layer %1, Head %2: Gewichte von %3 Token, Summe 1</translation>
    </message>
    <message>
        <source>id %1</source>
        <translation>ID %1</translation>
    </message>
</context>
<context>
    <name>gatescope::TransitionPanel</name>
    <message>
        <source>Transitions between experts</source>
        <translation>Übergänge zwischen Experten</translation>
    </message>
    <message>
        <source>Flow between experts</source>
        <translation>Fluss zwischen Experten</translation>
    </message>
    <message>
        <source>Point at a cell or a band for its numbers; a click picks the expert</source>
        <translation>Zeigen auf eine Zelle oder ein Band nennt die Zahlen; ein Klick markiert den Experten</translation>
    </message>
    <message>
        <source>from layer </source>
        <translation>von Layer </translation>
    </message>
    <message>
        <source>From layer</source>
        <translation>Von Layer</translation>
    </message>
    <message>
        <source>to layer </source>
        <translation>zu Layer </translation>
    </message>
    <message>
        <source>To layer</source>
        <translation>Zu Layer</translation>
    </message>
    <message>
        <source>Which transitions</source>
        <translation>Welche Übergänge</translation>
    </message>
    <message>
        <source>first choices</source>
        <translation>Erstwahlen</translation>
    </message>
    <message>
        <source>all selected</source>
        <translation>alle gewählten</translation>
    </message>
    <message>
        <source>probability</source>
        <translation>Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>From first choice to first choice</source>
        <translation>Von erster Wahl zu erster Wahl</translation>
    </message>
    <message>
        <source>All pairs of selected experts; rows add up to k</source>
        <translation>Alle Paare gewählter Experten; die Zeilen ergeben je k</translation>
    </message>
    <message>
        <source>All experts, by the product of their probabilities</source>
        <translation>Alle Experten, nach dem Produkt ihrer Wahrscheinlichkeiten</translation>
    </message>
    <message>
        <source>Grid</source>
        <translation>Raster</translation>
    </message>
    <message>
        <source>Flow</source>
        <translation>Fluss</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>Layer %1</translation>
    </message>
    <message>
        <source>Expert %1 of layer %2 to expert %3 of layer %4: %5 (%6 tokens) · %7</source>
        <translation>Experte %1 von Layer %2 zu Experte %3 von Layer %4: %5 (%6 Token) · %7</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>Noch kein Token zu zählen.</translation>
    </message>
    <message>
        <source>What p of layer %1 tells of layer %2: %3 bits</source>
        <translation>Was p in Layer %1 über Layer %2 verrät: %3 Bit</translation>
    </message>
    <message>
        <source>What first choices of layer %1 tell of layer %2: %3 bits</source>
        <translation>Was Erstwahlen in Layer %1 über Layer %2 verraten: %3 Bit</translation>
    </message>
    <message>
        <source>, by luck alone %1</source>
        <translation>, allein durch Zufall %1</translation>
    </message>
    <message>
        <source> (too few tokens to say)</source>
        <translation> (zu wenige Token für eine Aussage)</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>, zählt noch</translation>
    </message>
    <message>
        <source>Transitions</source>
        <translation>Übergänge</translation>
    </message>
</context>
<context>
    <name>gatescope::VersionListModel</name>
    <message>
        <source>being written</source>
        <translation>wird geschrieben</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>unterbrochen</translation>
    </message>
    <message>
        <source>reached the token limit</source>
        <translation>Token-Limit erreicht</translation>
    </message>
    <message>
        <source>the context is full</source>
        <translation>der Kontext ist voll</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>(no text)</source>
        <translation>(kein Text)</translation>
    </message>
    <message>
        <source>%1: %2%3</source>
        <translation>%1: %2%3</translation>
    </message>
    <message>
        <source>, shown</source>
        <translation>, gezeigt</translation>
    </message>
    <message>
        <source>you</source>
        <translation>Nutzer</translation>
    </message>
    <message>
        <source>reply</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>version %1 of %2</source>
        <translation>Version %1 von %2</translation>
    </message>
    <message>
        <source>1 token</source>
        <translation>1 Token</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 Token</translation>
    </message>
</context>
<context>
    <name>gatescope::VersionsDialog</name>
    <message>
        <source>Versions of this conversation</source>
        <translation>Versionen dieses Gesprächs</translation>
    </message>
    <message>
        <source>All messages and their versions</source>
        <translation>Alle Nachrichten und ihre Versionen</translation>
    </message>
    <message>
        <source>&amp;Delete with what follows</source>
        <translation>Mit allem Folgenden &amp;löschen</translation>
    </message>
    <message>
        <source>Del. It can be undone for some seconds</source>
        <translation>Entf. Lässt sich einige Sekunden lang rückgängig machen</translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>&amp;Schließen</translation>
    </message>
    <message>
        <source>&amp;Show this branch</source>
        <translation>Diesen &amp;Zweig zeigen</translation>
    </message>
    <message>
        <source>This conversation has no messages yet.</source>
        <translation>Dieses Gespräch hat noch keine Nachrichten.</translation>
    </message>
    <message>
        <source>1 message. The branch shown is drawn thick.</source>
        <translation>1 Nachricht. Der gezeigte Zweig ist dick gezeichnet.</translation>
    </message>
    <message>
        <source>%1 messages. The branch shown is drawn thick: squares are yours, circles replies.</source>
        <translation>%1 Nachrichten. Der gezeigte Zweig ist dick gezeichnet: Quadrate sind eigene Nachrichten, Kreise Antworten.</translation>
    </message>
</context>
<context>
    <name>gatescope::ViewKeys</name>
    <message>
        <source>%1: %2.</source>
        <translation>%1: %2.</translation>
    </message>
</context>
<context>
    <name>gatescope::VocabularyPanel</name>
    <message>
        <source>Which id tokens are put together by</source>
        <translation>Nach welcher ID Token zusammengefasst werden</translation>
    </message>
    <message>
        <source>input id</source>
        <translation>Eingabe-ID</translation>
    </message>
    <message>
        <source>predicted next id</source>
        <translation>vorhergesagte nächste ID</translation>
    </message>
    <message>
        <source>true next id</source>
        <translation>tatsächliche nächste ID</translation>
    </message>
    <message>
        <source>%1 “%2”</source>
        <translation>%1 „%2“</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>Noch kein Token zu zählen.</translation>
    </message>
    <message>
        <source>Layer %1 · %2 · ids that came %3 times or more: %4 of %5</source>
        <translation>Layer %1 · %2 · IDs, die mindestens %3-mal vorkamen: %4 von %5</translation>
    </message>
    <message>
        <source> · their favourite expert has %1 of their first choices, by luck alone %2</source>
        <translation> · ihr Lieblingsexperte hat %1 ihrer Erstwahlen, allein durch Zufall %2</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>, zählt noch</translation>
    </message>
    <message>
        <source>Vocabulary</source>
        <translation>Vokabular</translation>
    </message>
</context>
<context>
    <name>gatescope::WaterfallPanel</name>
    <message>
        <source>Colours of the waterfall</source>
        <translation>Farben des Wasserfalls</translation>
    </message>
    <message>
        <source>Router probability from 0 to 1, %1 at the power of %2; ▾ what chance gives each expert. A pixel shows the largest it stands for</source>
        <translation>Router-Wahrscheinlichkeit von 0 bis 1, %1 mit der Potenz %2; ▾ was der Zufall jedem Experten gibt. Ein Pixel zeigt den größten Wert, für den es steht</translation>
    </message>
    <message>
        <source> 1 · ▾ chance %1</source>
        <translation> 1 · ▾ Zufall %1</translation>
    </message>
    <message>
        <source>by layer</source>
        <translation>nach Layer</translation>
    </message>
    <message>
        <source>by expert</source>
        <translation>nach Experte</translation>
    </message>
    <message>
        <source>Order of rows</source>
        <translation>Reihenfolge der Zeilen</translation>
    </message>
    <message>
        <source>Order of rows (R)</source>
        <translation>Reihenfolge der Zeilen (R)</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>Show the whole conversation (0)</source>
        <translation>Ganzes Gespräch zeigen (0)</translation>
    </message>
</context>
<context>
    <name>gatescope::WaterfallView</name>
    <message>
        <source>Waterfall of the conversation: %1</source>
        <translation>Wasserfall des Gesprächs: %1</translation>
    </message>
    <message>
        <source>Nothing routed yet. Every token becomes a column here.</source>
        <translation>Noch nichts geroutet. Jedes Token wird hier eine Spalte.</translation>
    </message>
    <message>
        <source>Waterfall of the conversation</source>
        <translation>Wasserfall des Gesprächs</translation>
    </message>
    <message>
        <source>token %1 “%2” · layer %3 expert %4 · p %5</source>
        <translation>Token %1 „%2“ · Layer %3 Experte %4 · p %5</translation>
    </message>
    <message>
        <source> · choice %1</source>
        <translation> · Wahl %1</translation>
    </message>
    <message>
        <source> · not selected</source>
        <translation> · nicht gewählt</translation>
    </message>
    <message>
        <source>tokens %1 to %2 · layer %3 expert %4 · p %5 to %6</source>
        <translation>Token %1 bis %2 · Layer %3 Experte %4 · p %5 bis %6</translation>
    </message>
    <message>
        <source>token %1 “%2”</source>
        <translation>Token %1 „%2“</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>Move left</source>
        <translation>Nach links</translation>
    </message>
    <message>
        <source>Move right</source>
        <translation>Nach rechts</translation>
    </message>
    <message>
        <source>Show the whole conversation</source>
        <translation>Das ganze Gespräch zeigen</translation>
    </message>
    <message>
        <source>Change the order of rows</source>
        <translation>Reihenfolge der Zeilen ändern</translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation>Abspielen oder anhalten</translation>
    </message>
    <message>
        <source>One line an expert of a layer, one column a token. Left and Right go to the token before and behind, with Shift they select a range, Escape clears it. Up and Down walk the experts, Home and End go to the first and to the newest token.</source>
        <translation>Eine Zeile je Experte eines Layers, eine Spalte je Token. Links und Rechts gehen zum vorigen und zum nächsten Token, mit Umschalt markieren sie einen Bereich, Esc hebt ihn auf. Auf und Ab wandern durch die Experten, Pos1 und Ende gehen zum ersten und zum neuesten Token.</translation>
    </message>
    <message>
        <source>In the waterfall</source>
        <translation>Im Wasserfall</translation>
    </message>
</context>
<context>
    <name>gatescope::WindowActions</name>
    <message>
        <source>Needs a model, a reply, and none being written.</source>
        <translation>Braucht ein Modell und eine fertige Antwort.</translation>
    </message>
    <message>
        <source>Needs an open conversation.</source>
        <translation>Braucht ein offenes Gespräch.</translation>
    </message>
    <message>
        <source>Needs an open conversation with routing.</source>
        <translation>Braucht ein offenes Gespräch mit Routing.</translation>
    </message>
    <message>
        <source>No demo model is installed.</source>
        <translation>Es ist kein Demomodell installiert.</translation>
    </message>
    <message>
        <source>No model is being loaded.</source>
        <translation>Es wird gerade kein Modell geladen.</translation>
    </message>
    <message>
        <source>Nothing was deleted just now.</source>
        <translation>Es wurde gerade nichts gelöscht.</translation>
    </message>
    <message>
        <source>No reply is being written.</source>
        <translation>Es wird gerade keine Antwort geschrieben.</translation>
    </message>
    <message>
        <source>Needs a conversation, and no reply being written.</source>
        <translation>Braucht ein Gespräch, in dem gerade keine Antwort geschrieben wird.</translation>
    </message>
    <message>
        <source>There is no reply yet.</source>
        <translation>Es gibt noch keine Antwort.</translation>
    </message>
    <message>
        <source>There are no tokens yet.</source>
        <translation>Es gibt noch keine Token.</translation>
    </message>
    <message>
        <source>Needs tokens, and no reply being written.</source>
        <translation>Braucht Token, und gerade darf keine Antwort geschrieben werden.</translation>
    </message>
    <message>
        <source>There is no intervention to undo.</source>
        <translation>Es gibt keinen Eingriff, der rückgängig zu machen wäre.</translation>
    </message>
    <message>
        <source>There is no intervention to redo.</source>
        <translation>Es gibt keinen Eingriff, der zu wiederholen wäre.</translation>
    </message>
    <message>
        <source>No intervention is in force.</source>
        <translation>Es gilt kein Eingriff.</translation>
    </message>
    <message>
        <source>The text is as large as it gets.</source>
        <translation>Größer wird der Text nicht.</translation>
    </message>
    <message>
        <source>The text is as small as it gets.</source>
        <translation>Kleiner wird der Text nicht.</translation>
    </message>
    <message>
        <source>The text has its normal size.</source>
        <translation>Der Text hat seine normale Größe.</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Open model…</source>
        <translation>&amp;Modell öffnen…</translation>
    </message>
    <message>
        <source>Open the &amp;demo model</source>
        <translation>&amp;Demomodell öffnen</translation>
    </message>
    <message>
        <source>&amp;Cancel loading</source>
        <translation>Laden &amp;abbrechen</translation>
    </message>
    <message>
        <source>Open &amp;recording…</source>
        <translation>Aufzeichnung ö&amp;ffnen…</translation>
    </message>
    <message>
        <source>&amp;Save recording…</source>
        <translation>Aufzeichnung &amp;speichern…</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>&amp;Exportieren</translation>
    </message>
    <message>
        <source>&amp;NumPy arrays (.npz)…</source>
        <translation>&amp;NumPy-Arrays (.npz)…</translation>
    </message>
    <message>
        <source>&amp;Tables (.csv)…</source>
        <translation>&amp;Tabellen (.csv)…</translation>
    </message>
    <message>
        <source>&amp;JSON document…</source>
        <translation>&amp;JSON-Dokument…</translation>
    </message>
    <message>
        <source>&amp;HTML page…</source>
        <translation>&amp;HTML-Seite…</translation>
    </message>
    <message>
        <source>&amp;Markdown…</source>
        <translation>&amp;Markdown…</translation>
    </message>
    <message>
        <source>&amp;Web page of the chat…</source>
        <translation>&amp;Webseite des Chats…</translation>
    </message>
    <message>
        <source>All &amp;versions in Markdown and chat</source>
        <translation>Alle &amp;Versionen in Markdown und Chat</translation>
    </message>
    <message>
        <source>&amp;Import conversations…</source>
        <translation>Gespräche &amp;importieren…</translation>
    </message>
    <message>
        <source>Settin&amp;gs…</source>
        <translation>Ei&amp;nstellungen…</translation>
    </message>
    <message>
        <source>Start Gatescope &amp;again</source>
        <translation>&amp;Gatescope neu starten</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Conversation</source>
        <translation>&amp;Gespräch</translation>
    </message>
    <message>
        <source>&amp;New chat</source>
        <translation>&amp;Neuer Chat</translation>
    </message>
    <message>
        <source>&amp;Find in this conversation</source>
        <translation>Im Gespräch &amp;suchen</translation>
    </message>
    <message>
        <source>Find ne&amp;xt</source>
        <translation>&amp;Weitersuchen</translation>
    </message>
    <message>
        <source>Find pre&amp;vious</source>
        <translation>&amp;Rückwärts suchen</translation>
    </message>
    <message>
        <source>&amp;Search all conversations</source>
        <translation>Alle Gespräche &amp;durchsuchen</translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation>&amp;Umbenennen</translation>
    </message>
    <message>
        <source>&amp;Pin or unpin</source>
        <translation>Anheften oder &amp;lösen</translation>
    </message>
    <message>
        <source>&amp;Move to a folder…</source>
        <translation>In Ordner &amp;verschieben…</translation>
    </message>
    <message>
        <source>&amp;Tags…</source>
        <translation>&amp;Tags…</translation>
    </message>
    <message>
        <source>&amp;Archive or take out</source>
        <translation>&amp;Archivieren oder zurückholen</translation>
    </message>
    <message>
        <source>New f&amp;older</source>
        <translation>Neuer &amp;Ordner</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>Lös&amp;chen</translation>
    </message>
    <message>
        <source>&amp;Undo delete</source>
        <translation>Löschen rück&amp;gängig machen</translation>
    </message>
    <message>
        <source>&amp;Message</source>
        <translation>&amp;Nachricht</translation>
    </message>
    <message>
        <source>&amp;Send</source>
        <translation>&amp;Senden</translation>
    </message>
    <message>
        <source>S&amp;top</source>
        <translation>An&amp;halten</translation>
    </message>
    <message>
        <source>&amp;Regenerate reply</source>
        <translation>Antwort &amp;neu erzeugen</translation>
    </message>
    <message>
        <source>&amp;Continue reply</source>
        <translation>Antwort &amp;fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Edit last message</source>
        <translation>&amp;Letzte Nachricht bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Older version</source>
        <translation>Älte&amp;re Version</translation>
    </message>
    <message>
        <source>&amp;Newer version</source>
        <translation>Ne&amp;uere Version</translation>
    </message>
    <message>
        <source>All &amp;versions…</source>
        <translation>Alle &amp;Versionen…</translation>
    </message>
    <message>
        <source>Cop&amp;y last reply</source>
        <translation>Letzte Antwort &amp;kopieren</translation>
    </message>
    <message>
        <source>Prompt te&amp;mplates…</source>
        <translation>&amp;Prompt-Vorlagen…</translation>
    </message>
    <message>
        <source>Reply settin&amp;gs…</source>
        <translation>Antwort-&amp;Einstellungen…</translation>
    </message>
    <message>
        <source>&amp;Inspect</source>
        <translation>&amp;Untersuchen</translation>
    </message>
    <message>
        <source>&amp;Previous token</source>
        <translation>&amp;Voriges Token</translation>
    </message>
    <message>
        <source>&amp;Next token</source>
        <translation>&amp;Nächstes Token</translation>
    </message>
    <message>
        <source>&amp;Alternatives of the token…</source>
        <translation>&amp;Alternativen des Tokens…</translation>
    </message>
    <message>
        <source>&amp;Follow the newest token</source>
        <translation>Dem neuesten Token &amp;folgen</translation>
    </message>
    <message>
        <source>P&amp;lay or pause the tokens</source>
        <translation>Token abs&amp;pielen oder anhalten</translation>
    </message>
    <message>
        <source>Clear the token &amp;range</source>
        <translation>Token-&amp;Bereich aufheben</translation>
    </message>
    <message>
        <source>&amp;Hold the next reply to these routes</source>
        <translation>Nächste Antwort auf diese &amp;Routen festlegen</translation>
    </message>
    <message>
        <source>F&amp;ilter tokens</source>
        <translation>Token fi&amp;ltern</translation>
    </message>
    <message>
        <source>Next &amp;match</source>
        <translation>Nächster &amp;Treffer</translation>
    </message>
    <message>
        <source>Previous ma&amp;tch</source>
        <translation>Voriger Treff&amp;er</translation>
    </message>
    <message>
        <source>&amp;Undo intervention</source>
        <translation>Eingriff rückgängig ma&amp;chen</translation>
    </message>
    <message>
        <source>Re&amp;do intervention</source>
        <translation>Eingriff &amp;wiederholen</translation>
    </message>
    <message>
        <source>&amp;Clear interventions</source>
        <translation>Eingriffe auf&amp;heben</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Chat</source>
        <translation>&amp;Chat</translation>
    </message>
    <message>
        <source>&amp;Present</source>
        <translation>&amp;Präsentieren</translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation>&amp;Vollbild</translation>
    </message>
    <message>
        <source>&amp;Docks</source>
        <translation>&amp;Docks</translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation>&amp;Layout zurücksetzen</translation>
    </message>
    <message>
        <source>Go to the &amp;message field</source>
        <translation>Zum &amp;Nachrichtenfeld</translation>
    </message>
    <message>
        <source>Go to the c&amp;onversation</source>
        <translation>Zum &amp;Gespräch</translation>
    </message>
    <message>
        <source>Dismiss the messa&amp;ge above</source>
        <translation>Meldung oben &amp;schließen</translation>
    </message>
    <message>
        <source>Replies as read, as &amp;written, by token</source>
        <translation>Antworten &amp;formatiert, wie geschrieben, nach Token</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>Fa&amp;rbschema</translation>
    </message>
    <message>
        <source>Light / dark &amp;theme</source>
        <translation>&amp;Zwischen hell und dunkel wechseln</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>&amp;Dunkel</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>&amp;Hell</translation>
    </message>
    <message>
        <source>&amp;High contrast</source>
        <translation>Hoher &amp;Kontrast</translation>
    </message>
    <message>
        <source>As the &amp;system</source>
        <translation>Wie das &amp;System</translation>
    </message>
    <message>
        <source>Te&amp;xt size</source>
        <translation>Te&amp;xtgröße</translation>
    </message>
    <message>
        <source>&amp;Larger</source>
        <translation>&amp;Größer</translation>
    </message>
    <message>
        <source>&amp;Smaller</source>
        <translation>&amp;Kleiner</translation>
    </message>
    <message>
        <source>&amp;Normal</source>
        <translation>&amp;Normal</translation>
    </message>
    <message>
        <source>Command palett&amp;e…</source>
        <translation>&amp;Befehlspalette…</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>&amp;Tastenkürzel</translation>
    </message>
    <message>
        <source>&amp;About Gatescope</source>
        <translation>Über &amp;Gatescope</translation>
    </message>
</context>
</TS>
