"""Releases of invented companies, as feeds announce them and pages hold them, in the languages of the wires."""

from __future__ import annotations

from typing import NamedTuple


class Announced(NamedTuple):
    """A release: headline, lead, the rest."""

    title: str
    lead: str
    rest: str

    @property
    def text(self) -> str:
        """All of it, a paragraph a line."""
        return f"{self.lead}\n{self.rest}"


#: Two of each language: the one announced, and another one.
RELEASES = {
    "en": (
        Announced("Lanternfield opens a second plant for reading lamps", "Lanternfield Ltd today opened its second plant for reading lamps in Nordhavn, which will employ two hundred people.", "The plant was paid for from the company's own means and makes forty thousand lamps a month.\nThe first lamps from Nordhavn will reach shops in the spring, together with shades of recycled paper."),
        Announced("Harbourstone Bank declares a quarterly dividend", "The board of Harbourstone Bank on Tuesday declared a quarterly dividend of twelve cents a share, payable in February.", "Holders of record at the end of January will receive it.\nThe bank has paid dividends in every quarter since it was founded ninety years ago."),
    ),
    "de": (
        Announced("Laternenfeld eröffnet zweites Werk für Leselampen", "Die Laternenfeld GmbH hat heute in Nordhafen ihr zweites Werk für Leselampen eröffnet, in dem zweihundert Menschen arbeiten.", "Das Werk wurde aus eigenen Mitteln bezahlt und fertigt vierzigtausend Lampen im Monat.\nDie ersten Lampen kommen im Frühjahr in den Handel, zusammen mit Schirmen aus Altpapier."),
        Announced("Hafenstein Bank beschließt höhere Dividende", "Der Vorstand der Hafenstein Bank beschloss am Dienstag eine Dividende von zwölf Cent je Aktie, die im Februar gezahlt wird.", "Sie erhält, wer Ende Januar Aktionär ist.\nDie Bank zahlt seit ihrer Gründung vor neunzig Jahren in jedem Quartal eine Dividende."),
    ),
    "fr": (
        Announced("Champ-Lanterne ouvre une deuxième usine de lampes de lecture", "Champ-Lanterne SA a ouvert aujourd'hui à Port-Nord sa deuxième usine de lampes de lecture, qui emploie deux cents personnes.", "L'usine a été financée sur fonds propres et fabrique quarante mille lampes par mois.\nLes premières lampes arriveront en magasin au printemps, avec des abat-jour en papier recyclé."),
        Announced("La Banque du Havre-Pierre relève son dividende trimestriel", "Le conseil de la Banque du Havre-Pierre a relevé mardi son dividende trimestriel à douze centimes par action, versé en février.", "Les actionnaires inscrits fin janvier le recevront.\nLa banque verse un dividende chaque trimestre depuis sa fondation il y a quatre-vingt-dix ans."),
    ),
    "es": (
        Announced("Campolinterna abre su segunda fábrica de lámparas de lectura", "Campolinterna S.A. ha abierto hoy en Puerto Norte su segunda fábrica de lámparas de lectura, que emplea a doscientas personas.", "La fábrica se pagó con medios propios y produce cuarenta mil lámparas al mes.\nLas primeras lámparas llegarán a las tiendas en primavera, junto con pantallas de papel reciclado."),
        Announced("El Banco Piedrapuerto aprueba un dividendo trimestral", "El consejo del Banco Piedrapuerto aprobó el martes un dividendo trimestral de doce céntimos por acción, que se pagará en febrero.", "Lo recibirán quienes sean accionistas a finales de enero.\nEl banco paga dividendos cada trimestre desde su fundación hace noventa años."),
    ),
    "pt": (
        Announced("Campo Lanterna abre segunda fábrica de lâmpadas de leitura", "A Campo Lanterna S.A. abriu hoje em Porto Norte a sua segunda fábrica de lâmpadas de leitura, que emprega duzentas pessoas.", "A fábrica foi paga com meios próprios e produz quarenta mil lâmpadas por mês.\nAs primeiras lâmpadas chegam às lojas na primavera, com abajures de papel reciclado."),
        Announced("Banco Pedraporto aprova dividendo trimestral", "O conselho do Banco Pedraporto aprovou na terça-feira um dividendo trimestral de doze centavos por ação, a pagar em fevereiro.", "Recebem-no os acionistas registados no fim de janeiro.\nO banco paga dividendos todos os trimestres desde a sua fundação há noventa anos."),
    ),
    "it": (
        Announced("Campolanterna apre il secondo stabilimento di lampade da lettura", "Campolanterna S.p.A. ha aperto oggi a Porto Nord il suo secondo stabilimento di lampade da lettura, che occupa duecento persone.", "Lo stabilimento è stato pagato con mezzi propri e produce quarantamila lampade al mese.\nLe prime lampade arriveranno nei negozi in primavera, insieme a paralumi di carta riciclata."),
        Announced("Banca Pietraporto approva un dividendo trimestrale", "Il consiglio di Banca Pietraporto ha approvato martedì un dividendo trimestrale di dodici centesimi per azione, pagabile a febbraio.", "Lo riceveranno gli azionisti registrati a fine gennaio.\nLa banca paga dividendi ogni trimestre da quando fu fondata novant'anni fa."),
    ),
    "nl": (
        Announced("Lantaarnveld opent tweede fabriek voor leeslampen", "Lantaarnveld BV opende vandaag in Noordhaven zijn tweede fabriek voor leeslampen, waar tweehonderd mensen werken.", "De fabriek is uit eigen middelen betaald en maakt veertigduizend lampen per maand.\nDe eerste lampen liggen in het voorjaar in de winkel, samen met kappen van gerecycled papier."),
        Announced("Havensteen Bank keert kwartaaldividend uit", "Het bestuur van Havensteen Bank besloot dinsdag tot een kwartaaldividend van twaalf cent per aandeel, betaalbaar in februari.", "Wie eind januari aandeelhouder is, ontvangt het.\nDe bank keert elk kwartaal dividend uit sinds de oprichting negentig jaar geleden."),
    ),
    "sv": (
        Announced("Lyktfältet öppnar en andra fabrik för läslampor", "Lyktfältet AB öppnade i dag sin andra fabrik för läslampor i Nordhamn, där tvåhundra människor arbetar.", "Fabriken har betalats med egna medel och tillverkar fyrtiotusen lampor i månaden.\nDe första lamporna kommer till butikerna i vår, tillsammans med skärmar av återvunnet papper."),
        Announced("Hamnstens Bank beslutar om kvartalsutdelning", "Styrelsen för Hamnstens Bank beslutade på tisdagen om en kvartalsutdelning på tolv öre per aktie, som betalas i februari.", "Den som är aktieägare i slutet av januari får den.\nBanken har delat ut varje kvartal sedan den grundades för nittio år sedan."),
    ),
    "pl": (
        Announced("Latarniowe Pole otwiera drugą fabrykę lamp do czytania", "Spółka Latarniowe Pole otworzyła dziś w Północnym Porcie drugą fabrykę lamp do czytania, w której pracuje dwieście osób.", "Fabryka została opłacona z własnych środków i wytwarza czterdzieści tysięcy lamp miesięcznie.\nPierwsze lampy trafią do sklepów wiosną, razem z abażurami z papieru z odzysku."),
        Announced("Bank Kamienny Port wypłaci dywidendę kwartalną", "Zarząd Banku Kamienny Port uchwalił we wtorek dywidendę kwartalną w wysokości dwunastu groszy na akcję, płatną w lutym.", "Otrzymają ją akcjonariusze zapisani pod koniec stycznia.\nBank wypłaca dywidendę co kwartał od założenia dziewięćdziesiąt lat temu."),
    ),
    "ru": (
        Announced("Фонарное Поле открыло второй завод настольных ламп", "Компания Фонарное Поле сегодня открыла в Северной Гавани второй завод настольных ламп, на котором работают двести человек.", "Завод построен на собственные средства и выпускает сорок тысяч ламп в месяц.\nПервые лампы поступят в магазины весной вместе с абажурами из переработанной бумаги."),
        Announced("Банк Каменная Гавань объявил квартальные дивиденды", "Правление банка Каменная Гавань во вторник объявило квартальные дивиденды по двенадцать копеек на акцию с выплатой в феврале.", "Их получат акционеры, внесённые в реестр на конец января.\nБанк платит дивиденды каждый квартал с основания девяносто лет назад."),
    ),
    "ja": (
        Announced("灯野電機、北港市に読書灯の第二工場を開設", "灯野電機株式会社は本日、読書灯を生産する第二工場を北港市に開設しました。新しい工場では二百人が働きます。", "工場は自己資金で建てられ、月に四万個の電灯を生産します。\n最初の製品は春に店頭に並び、再生紙の笠もあわせて発売されます。"),
        Announced("石港銀行、四半期配当の引き上げを決定", "石港銀行の取締役会は火曜日、四半期配当を一株当たり十二円に引き上げることを決めました。支払いは二月の予定です。", "一月末の株主が対象となります。\n同行は九十年前の創業以来、毎四半期に配当を続けています。"),
    ),
    "zh": (
        Announced("灯野电机在北港市开设第二家阅读灯工厂", "灯野电机股份有限公司今日在北港市开设第二家阅读灯工厂，新工厂将雇用二百名员工，每月生产四万盏灯。", "工厂全部由公司自有资金建成，用电来自屋顶的太阳能板。\n首批产品将于春季上市，同时推出再生纸灯罩。"),
        Announced("石港银行宣布派发季度股息", "石港银行董事会周二宣布派发季度股息每股一角二分，将于二月支付给一月底登记在册的股东。", "该行自九十年前成立以来每个季度都派发股息。\n董事会表示全年利润高于去年同期水平。"),
    ),
    "ko": (
        Announced("등불전자, 북항시에 독서등 제2공장 열어", "등불전자 주식회사는 오늘 북항시에 독서등을 만드는 두 번째 공장을 열었다고 밝혔다. 새 공장에서는 이백 명이 일한다.", "공장은 자체 자금으로 지어졌으며 매달 사만 개의 전등을 생산한다.\n첫 제품은 봄에 매장에 나오고 재생지로 만든 갓도 함께 출시된다."),
        Announced("돌항구은행, 분기 배당 결정", "돌항구은행 이사회는 화요일 주당 십이 원의 분기 배당을 결정했으며 이월에 지급한다고 발표했다.", "일월 말 주주명부에 오른 주주가 대상이다.\n은행은 구십 년 전 창립한 뒤 분기마다 배당을 이어 왔다."),
    ),
    "ar": (
        Announced("شركة حقل الفوانيس تفتتح مصنعها الثاني لمصابيح القراءة", "افتتحت شركة حقل الفوانيس اليوم في الميناء الشمالي مصنعها الثاني لمصابيح القراءة الذي يعمل فيه مئتا عامل.", "دفعت الشركة تكاليف المصنع من أموالها وهو ينتج أربعين ألف مصباح في الشهر.\nتصل المصابيح الأولى إلى المتاجر في الربيع مع أغطية من الورق المعاد تدويره."),
        Announced("بنك المرفأ الحجري يعلن توزيع أرباح فصلية", "أعلن مجلس إدارة بنك المرفأ الحجري يوم الثلاثاء توزيع أرباح فصلية قدرها اثنا عشر قرشا للسهم تدفع في فبراير.", "يحصل عليها المساهمون المسجلون في نهاية يناير.\nيوزع البنك أرباحا كل فصل منذ تأسيسه قبل تسعين عاما."),
    ),
}  # fmt: skip
