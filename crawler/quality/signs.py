"""How pages that are no article give themselves away: what they say, in the languages of the wires.

Used by ``quality``.  A sign asks for a short text or for several phrases at once: a refusal costs an
article its page, and articles talk of cookies and passwords too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STUB = 1500
"""Characters above which a text is an article, whatever else is said around it."""

_NONE = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """How one kind of page gives itself away."""

    reason: str
    limit: int  #: characters; in a longer text the words are only mentioned
    count: int  #: different phrases that must be there, strong or weak
    strong: re.Pattern[str]  #: at least one of them
    weak: re.Pattern[str] = _NONE
    tail: int | None = None  #: characters at the end in which it is said; None: anywhere

    def shows(self, said: str, announced: str) -> bool:
        """Are the phrases there, and not because the announced article itself is about them?

        Both texts in lower case.
        """
        said = said[-self.tail :] if self.tail else said
        strong, weak = (_found(phrases, said, announced) for phrases in (self.strong, self.weak))
        return bool(strong) and len(strong | weak) >= self.count


def _found(phrases: re.Pattern[str], said: str, announced: str) -> set[str]:
    return {match[0] for match in phrases.finditer(said)} - {
        match[0] for match in phrases.finditer(announced)
    }


def _phrases(text: str) -> re.Pattern[str]:
    return re.compile("|".join(line.strip() for line in text.strip().splitlines()))


_NOT_FOUND = Sign(
    reason="soft 404",
    limit=1000,
    count=1,
    strong=_phrases(r"""
    (?:page|article|story|content|file|url|release)(?: you)?[^.\n]{0,60}(?:not|can't|couldn't) be found
    (?:page|article|story|content|release)[^.\n]{0,60}(?:not|can't|couldn't) be (?:loaded|displayed)
    (?:page|article|story|content|release) (?:was |is |has been )?(?:not found|unavailable)
    (?:page|article|story|content|release) (?:is )?no longer (?:available|exists)
    (?:page|article|content|release) (?:you[^.\n]{0,40} )?does ?n[o']t exist
    (?:page|article|content|release|link) (?:you[^.\n]{0,40} )?(?:may|might) be broken
    (?:page|article|content|release|link) (?:you[^.\n]{0,40} )?(?:may|might) have (?:expired|moved)
    (?:page|article|content|release|link) (?:you[^.\n]{0,40} )?(?:may|might) have been (?:\w*moved|deleted|renamed)
    (?:page|article|content|release) (?:you[^.\n]{0,40} )?has (?:been )?(?:moved|removed|deleted|expired)
    (?:can['’]t|cannot|couldn['’]t|could not|unable to) (?:find|locate) (?:the|that|this|your) (?:page|article|story)
    \b(?:404|410)\b[^\n]{0,20}(?:error|not found|gone)
    (?:error|erreur|fehler|errore|erro|fout|fel|błąd|ошибка|오류) (?:404|410)
    \A(?:something went wrong|we['’]ll be right back|down for maintenance|service unavailable|internal server error)
    (?:web ?site|(?:our|this) (?:site|page|portal))[^.\n]{0,40}(?:undergoing|scheduled|planned) maintenance
    (?:site is|we are|we['’]re)(?: \w+)? (?:undergoing|performing|down for)(?: \w+)? maintenance
    (?:seite|artikel|inhalt|meldung|beitrag)[^.\n]{0,60}nicht (?:gefunden|(?:mehr )?verfügbar)
    (?:seite|artikel|inhalt|meldung|beitrag)[^.\n]{0,60}(?:existiert nicht|gibt es (?:leider )?nicht)
    (?:seite|artikel|inhalt|meldung|beitrag) (?:wurde|ist)[^.\n]{0,30}(?:gelöscht|entfernt|verschoben)
    página[^.\n]{0,40}(?:no encontrada|no existe|no se (?:pudo|encuentra))
    página[^.\n]{0,40}(?:não (?:foi )?encontrada|não existe|foi removida)
    (?:conteúdo|notícia|artigo)[^.\n]{0,30}(?:não (?:está|foi|existe)|foi removid)
    (?:contenido|artículo|noticia)[^.\n]{0,30}(?:no (?:está disponible|existe)|ha sido eliminad)
    page (?:introuvable|non trouvée|inexistante)
    (?:page|article|contenu|communiqué)[^.\n]{0,50}n['’](?:existe (?:plus|pas)|est (?:plus|pas) disponible)
    (?:page|article|contenu|communiqué)[^.\n]{0,50}a été (?:supprimé|déplacé)
    pagina (?:non trovata|niet gevonden|bestaat niet)
    (?:contenuto|articolo|pagina)[^.\n]{0,40}non (?:è più disponibile|esiste)
    (?:pagina|artikel)[^.\n]{0,30}(?:bestaat niet|is (?:verwijderd|verplaatst)|niet (?:meer )?beschikbaar)
    sidan (?:hittades inte|finns inte|kunde inte hittas)
    siden (?:finnes ikke|blev ikke fundet|ble ikke funnet)|sivua ei löyt
    (?:strona|strony)[^.\n]{0,40}(?:nie istnieje|nie została znaleziona|została usunięta)
    nie znaleziono strony
    (?:страниц\w+|материал\w*)[^.\n]{0,40}(?:не найден|не существует|была удалена|удал[её]н)
    sayfa bulunamadı|stránk\w+ (?:nebyla nalezena|neexistuje)|oldal nem található|الصفحة[^.\n]{0,30}غير موجودة
    (?:ページ|記事)[^。\n]{0,20}(?:見つかりません|存在しません|ありません|削除)
    (?:页面|頁面|内容|文章)[^。\n]{0,10}(?:不存在|已被?删除|已被?刪除|找不到|无法找到)|找不到(?:该|您|页|頁)
    페이지를? 찾을 수 없|(?:페이지|기사)[^.\n]{0,12}(?:삭제되었|존재하지 않)
    """),
)

_CHALLENGE = Sign(
    reason="challenge page",
    limit=700,
    count=1,
    strong=_phrases(r"""
    just a moment\b|check(?:ing|s) (?:if the site connection is secure|your browser)|attention required
    (?:verif(?:y|ies|ying)|confirm(?:ing)?|make sure|proves?)(?: that)? you(?:['’]re| are) (?:not )?(?:a )?human
    (?:verif(?:y|ies|ying)|confirm(?:ing)?|make sure|proves?)(?: that)? you(?:['’]re| are) (?:not )?a (?:ro)?bot
    are you a (?:robot|human)|made us think (?:that )?you (?:were|are|might be) a bot
    (?:please )?(?:enable|turn on|activate) (?:java ?script|cookies)
    (?:need|have) to enable java ?script|java ?script (?:is|seems to be|must be) (?:disabled|required|enabled)
    (?:unusual|suspicious|automated) (?:traffic|activity|requests?)|ddos protection|pardon our interruption
    (?:review|reviewing|verifying) the security of your connection|security service to protect itself
    request unsuccessful|unable to access [\w.-]+\.\w
    access (?:to this page )?(?:has been |is )?denied|you have been blocked
    complete the (?:security check|captcha)|\bre?captcha\b
    (?:bestätigen|überprüfen|stellen)[^.\n]{0,40}(?:mensch|kein roboter)|browser wird überprüft
    sind sie ein mensch
    java ?script (?:aktivieren|ist deaktiviert)|aktivieren sie (?:bitte )?(?:java ?script|cookies)
    zugriff verweigert
    (?:verifi|confirm|comprueb|comproba)[^.\n]{0,30}(?:humano|no (?:eres|es|soy) un robot|su navegador|tu navegador)
    (?:habilite|active|activa) java ?script|acceso denegado|tráfico inusual
    (?:vérifi|confirm|prouv)[^.\n]{0,40}(?:humain|pas un robot|votre (?:connexion|navigateur))
    (?:activer|activez) (?:le )?java ?script
    accès refusé
    (?:verific|conferm)[^.\n]{0,40}(?:umano|non (?:sei|essere) un robot|connessione sia sicura)|accesso negato
    (?:verifi|confirm)[^.\n]{0,40}(?:não é um robô|humano)|acesso negado
    (?:bevestig|controleer)[^.\n]{0,40}(?:mens|geen robot)|toegang geweigerd
    (?:подтвердите|убедиться)[^.\n]{0,40}(?:не робот|человек)|проверка браузера
    доступ (?:запрещ[её]н|ограничен)
    (?:ロボット|人間)[^。\n]{0,12}(?:ない|である)こと|java ?script ?を有効|アクセスが拒否|画像認証
    请(?:启用|完成)[^。\n]{0,8}(?:javascript|验证)|(?:安全|人机)验证|访问(?:过于|被拒)|異常流量|异常流量|請完成驗證
    로봇이 아닙?|자동 입력 방지|보안 (?:확인|문자)|비정상적인 접근
    """),
)

_CONSENT = Sign(
    reason="consent page",
    limit=STUB,
    count=3,
    strong=_phrases(r"""
    before you continue
    (?:we|our partners|this (?:web)?site|our (?:web)?site)[^.\n]{0,40}\buses? (?:\w+ ){0,3}cookies
    (?:accept|reject|allow|manage|decline)(?: all)?(?: \w+)? cookies|accept all|reject all|allow all
    cookie (?:settings|preferences|policy|consent|notice)|we value your privacy|your privacy choices
    (?:manage|withdraw|your) (?:consent|preferences)|store and/or access information|legitimate interest
    (?:wir|unsere partner|diese (?:web)?seite)[^.\n]{0,40}(?:verwende|nutz)[^.\n]{0,20}cookies
    (?:alle|cookies) (?:akzeptieren|ablehnen|zulassen)|(?:ihre|deine) (?:einwilligung|zustimmung)
    verwendung von cookies
    cookie-einstellungen|datenschutz-einstellungen|berechtigtes interesse|akzeptieren und weiter
    werbung und tracking
    (?:utilizamos|usamos|utiliza|uso de)[^.\n]{0,30}cookies|(?:aceptar|rechazar)(?: todas?)?(?: las cookies)?
    tu privacidad|su privacidad|su consentimiento|almacenamos o accedemos
    (?:nous|nos partenaires|ce site)[^.\n]{0,30}(?:utilis)[^.\n]{0,20}cookies|tout (?:accepter|refuser)
    sans accepter
    (?:votre|de) consentement|votre vie privée|accepter et (?:fermer|continuer)
    (?:usamos|utilizamos|uso de)[^.\n]{0,20}cookies|aceitar todos|a sua privacidade|sua privacidade
    (?:utilizziamo|usiamo|archiviamo)[^.\n]{0,60}cookie|accetta(?:re)? tutti|tua privacy|il consenso
    (?:wij|we|plaatsen) (?:\w+ ){0,3}cookies|alles accepteren|cookies (?:accepteren|weigeren)
    gepersonaliseerde advertenties
    (?:vi|våra partner)[^.\n]{0,40}(?:cookies|kakor)|godkänn(?:a)? alla|din integritet|samtycke
    (?:używamy|pliki|plików) (?:plików )?cookies?|zaakceptować wszystkie|twoją prywatność|zgod(?:ę|ami|y)\b
    (?:мы|сайт)[^.\n]{0,30}использу[^.\n]{0,30}(?:cookie|куки)|принять все
    (?:クッキー|cookie)[^。\n]{0,20}(?:使用|利用)|(?:すべて|全て)(?:に)?(?:許可|同意|拒否)|同意(?:する|して|はいつでも)
    (?:使用|接受)[^。\n]{0,10}cookie|接受所有|쿠키[^.\n]{0,12}(?:사용|동의)
    """),
    weak=_phrases(r"""
    \bcookies?\b|\bkakor\b|(?:\d+ )?(?:partners|partnern|socios|partenaires|parceiros|partner\b|partnerzy)
    third part(?:y|ies)
    privacy|datenschutz|privacidad|confidentialité|vie privée|privacidade|integritet|prywatność
    (?:personali[sz]ed|targeted) (?:ads|advertising|content)
    (?:process(?:ing)? )?(?:of )?(?:your )?personal data
    personali[sz]e content|advertising partners|analyse our traffic|on a device|information about your use
    personenbezogene(?:r|n)? daten|personalisierte (?:werbung|anzeigen)|drittanbieter|widerrufsrecht
    verarbeitung ihrer daten
    datos personales|dispositivo|publicidad personalizada|rechazar|données personnelles|partenaires
    dados pessoais|dati personali|persoonsgegevens|personuppgifter|dane osobowe|urządzeni|en enhet|zustimm
    zuzustimmen
    個人(?:情報|データ)|プライバシー|パートナー|个人信息|隐私|개인정보
    """),
)

_LOGIN = Sign(
    reason="login page",
    limit=600,
    count=2,
    strong=_phrases(r"""
    (?:log|sign) ?in (?:to|with|using|below)|forgot(?:ten)? (?:your )?password|create (?:an|your) account
    (?:enter|reset) your (?:password|e-?mail)|must be logged in|please (?:log|sign) in
    (?:user ?name|e-?mail(?: address)?)(?: \w+)?\s*(?:\n|and|/|or)\s*password|remember me
    don['’]t have an account|keep me (?:logged|signed) in
    passwort vergessen|(?:melden sie sich|jetzt) [^.\n]{0,10}an(?:melden)?\b|angemeldet bleiben
    noch kein(?:e)? (?:konto|kunde)|noch nicht registriert
    (?:olvid|recuper)[^.\n]{0,20}contraseña|inici[ae]r? sesión|crear (?:una )?cuenta
    no tiene(?:s)? (?:una )?cuenta
    mot de passe oublié|(?:connectez-vous|se connecter|identifiez-vous)|créer (?:un|votre) compte
    pas encore (?:de compte|inscrit)|devez être connecté
    esque(?:ceu|ci)[^.\n]{0,10}senha|faça login|não tem (?:uma )?conta|cadastre-se
    password dimenticata|accedi al tuo account|non hai un account|hai dimenticato la password
    wachtwoord vergeten|nog geen account|log in om|glömt (?:ditt )?lösenord|skapa (?:ett )?konto
    забыли пароль|вход в (?:личный )?кабинет|нет аккаунта|nie pamiętasz hasła|zaloguj się
    パスワード(?:を|の)?(?:お?忘れ|再設定|入力)|ログイン(?:する|して|ID)|新規(?:会員)?登録|忘记密码|(?:用户|登录|登入)登?录
    비밀번호를? (?:찾기|잊으|입력)|로그인(?:이 필요|하세요|해 주세요)|كلمة المرور
    """),
    weak=_phrases(r"""
    \be-?mail(?: address|-adresse)?\b|\bpasswords?\b|\busername\b|\bregister\b|create an account|sign up
    welcome back
    \bpasswort\b|\bbenutzername\b|\bkonto\b|registrieren|adresse e-mail|mot de passe|inscri\w+ gratuit
    correo electrónico|contraseña|regístrate|\bsenha\b|\bregistrati\b|wachtwoord|e-mailadres
    gratis een account
    логин|пароль|зарегистрир|メールアドレス|パスワード|会員登録|用户名|密码|注册|비밀번호|아이디|lösenord|hasło
    """),
)

_PAYWALL = Sign(
    reason="paywall stub",
    limit=STUB,
    count=1,
    tail=500,  # where it asks for money
    strong=_phrases(r"""
    subscribe(?: now| today| for free)? to (?:continue|keep|read|unlock|access)
    (?:sign up|register|log in|sign in|join)(?: now| today| for free)? to (?:continue|keep|read|unlock)
    (?:sign up|register|log in|sign in|join)(?: now| today| for free)? to access (?:the |this )?(?:full|article|story)
    to (?:continue|keep) reading(?: this)?|(?:continue|keep) reading (?:with|for|your)
    (?:read|access|unlock) the (?:full|rest of (?:this|the)) (?:article|story)|unlock this (?:story|article)
    (?:article|story|content) is (?:\w+ )?(?:for|available (?:only )?to|exclusive to) (?:\w+ )?(?:subscribers|members)
    already (?:a subscriber|have a subscription|a member)|(?:subscribers?|members) only
    (?:free|monthly) articles? (?:left|remaining|this month)|limit of free articles
    start your (?:free )?subscription|start your (?:free )?trial to (?:continue|keep|read|unlock)
    unlimited digital access to (?:our|all)|unlimited access to (?:our|all)[^.\n]{0,30}(?:articles|stories|content|news)
    (?:weiterlesen|lesen sie)[^.\n]{0,30}(?:mit|abo)|(?:mit|als) (?:plus|abo\w*) weiterlesen
    (?:nur|exklusiv) für (?:abonnenten|mitglieder|registrierte)|jetzt (?:abonnieren|abo|freischalten|zugang)
    (?:sie sind |schon |bereits )+(?:abonnent|kunde)|teil (?:unseres|des) [^.\n]{0,12}abo
    réservé(?:e)? (?:à nos|aux) abonnés|(?:abonnez-vous|s['’]abonner) pour (?:lire|continuer)
    (?:la suite|il vous reste)[^.\n]{0,40}(?:abonn|à lire|à découvrir)|déjà abonné
    (?:solo|exclusivo) para (?:suscriptores|abonados)
    (?:suscríbete|suscríbase|regístrate) para (?:seguir|continuar|leer)|¿ya (?:eres|es) suscriptor
    exclusivo para assinantes|já é assinante|assine (?:agora|para)|conteúdo para assinantes
    riservato agli abbonati|abbonati per (?:continuare|leggere)|(?:sei )?già abbonato
    alleen voor abonnees|al abonnee|word abonnee|verder lezen|låst artikel|(?:redan|bli) prenumerant
    läs(?:a)? vidare
    for abonnenter|kun for abonnent|tylko dla (?:subskrybentów|prenumeratorów)|wykup (?:dostęp|subskrypcję)
    (?:только|доступно) для подписчиков|оформите подписку
    (?:会員|有料|購読者|登録者)[^。\n]{0,6}限定|(?:続き|全文)(?:を|は)[^。\n]{0,16}(?:読む|お読み|会員|ログイン|有料)
    (?:この|本)記事は[^。\n]{0,10}(?:会員|有料)|残り\s?[\d,]+文字
    (?:订阅|付费|会员)[^。\n]{0,8}(?:阅读|查看|解锁)[^。\n]{0,4}全文|付费内容|已是会员|구독(?:하고|자)[^.\n]{0,12}(?:계속|전용)
    """),
)

SIGNS = (_CHALLENGE, _NOT_FOUND, _CONSENT, _LOGIN, _PAYWALL)

#: Places that were never filled.
TEMPLATE = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}|\$\{[\w.]{1,60}\}|<%[^%\n]{1,60}%>|\[object object\]|%%\w+%%"
    r"|lorem ipsum|dolor sit amet"
)

#: A line that says nothing: what stands around an article while it is loaded, shared, printed.
IDLE = re.compile(
    r"(?:loading|please wait|share(?: this)?(?: article| story| release)?|print|e-?mail|copy link|back|home|menu|search"
    r"|wird geladen|bitte warten|teilen|drucken|chargement(?: en cours)?|partager|imprimer|cargando|compartir|imprimir"
    r"|carregando|caricamento|condividi|laden|delen|laddar|dela|загрузка|読み込み中|共有|印刷|加载中|로딩 ?중"
    r"|you need to enable javascript[^\n]*)[\s.…!]*"
)
