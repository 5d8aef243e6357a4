"""Pages that answer 200 and are no article, in the words of many sites and languages; all written for this project.

``KNOWN``: looked at while the gate was built.  ``UNSEEN``: written at the same time, only ever measured.
"""

from __future__ import annotations

from typing import NamedTuple


class Wall(NamedTuple):
    """One page: what it is, its language, its title, its content as HTML."""

    kind: str
    language: str
    title: str
    content: str


KNOWN = (
    # ------------------------------------------------------------------ consent
    Wall("consent", "en", "Before you continue", "<h1>Before you continue to Wire Example</h1><p>We use cookies and data to deliver and maintain our services, track outages and protect against spam.</p><p>If you choose to accept all, we will also use cookies and data to develop new services and show personalised content.</p><button>Reject all</button><button>Accept all</button>"),
    Wall("consent", "en", "Your privacy", "<h2>We value your privacy</h2><p>We and our 847 partners store and/or access information on a device, such as unique identifiers in cookies, to process personal data. You may accept or manage your choices by clicking below, including your right to object where legitimate interest is used.</p>"),
    Wall("consent", "de", "Datenschutz-Einstellungen", "<h1>Mit Werbung weiterlesen</h1><p>Besuchen Sie uns wie gewohnt mit Werbung und Tracking. Details zu Ihren Widerrufsrechten finden Sie im Datenschutz.</p><p>Wir und unsere bis zu 230 Partner nutzen Cookies und verarbeiten personenbezogene Daten für personalisierte Anzeigen.</p><button>Akzeptieren und weiter</button>"),
    Wall("consent", "fr", "Vos préférences", "<h1>Le respect de votre vie privée est notre priorité</h1><p>Avec votre accord, nos partenaires et nous utilisons des cookies ou technologies similaires pour stocker et accéder à des données personnelles comme votre visite sur ce site.</p><button>Accepter et fermer</button><button>Continuer sans accepter</button>"),
    Wall("consent", "es", "Privacidad", "<h1>Tu privacidad es importante para nosotros</h1><p>Nosotros y nuestros socios almacenamos o accedemos a información en un dispositivo, tales como cookies, y procesamos datos personales. Puedes aceptar o rechazar el tratamiento.</p><button>Aceptar y continuar</button><button>Configurar</button>"),
    Wall("consent", "pt", "Privacidade", "<h1>A sua privacidade é importante</h1><p>Nós e os nossos parceiros usamos cookies para armazenar informações no seu dispositivo e tratar dados pessoais. Pode aceitar todos os cookies ou gerir as suas preferências a qualquer momento.</p>"),
    Wall("consent", "it", "Consenso", "<h1>Il rispetto della tua privacy è la nostra priorità</h1><p>Noi e i nostri partner archiviamo informazioni su un dispositivo, come i cookie, e trattiamo i dati personali. Puoi accettare tutti i cookie, rifiutare o personalizzare la scelta.</p>"),
    Wall("consent", "nl", "Cookies", "<h1>Wij gebruiken cookies</h1><p>Samen met onze partners plaatsen wij cookies om persoonsgegevens te verwerken en gepersonaliseerde advertenties te tonen. Klik op alles accepteren of stel je voorkeuren in.</p>"),
    Wall("consent", "ja", "クッキーの設定", "<h1>プライバシーに関する設定</h1><p>当社とパートナーは、端末上の情報を保存または利用するためにCookieを使用し、個人データを処理します。すべて同意するか、設定を管理するかを選択してください。同意はいつでも撤回できます。</p>"),
    Wall("consent", "pl", "Zgoda", "<h1>Szanujemy Twoją prywatność</h1><p>My i nasi partnerzy przechowujemy informacje na urządzeniu, takie jak pliki cookie, i przetwarzamy dane osobowe. Możesz zaakceptować wszystkie lub zarządzać swoimi zgodami.</p>"),
    # ------------------------------------------------------------------ challenge
    Wall("challenge", "en", "Just a moment...", "<h1>wire.example</h1><p>Checking if the site connection is secure</p><p>wire.example needs to review the security of your connection before proceeding.</p><p>Ray ID: 84f2c1d99e0b2a11</p>"),
    Wall("challenge", "en", "Security check", "<h1>One more step</h1><p>Please complete the security check to access wire.example.</p><p>Why do I have to complete a CAPTCHA? Completing it proves you are a human and gives you temporary access.</p>"),
    Wall("challenge", "en", "Pardon Our Interruption", "<h1>Pardon Our Interruption...</h1><p>As you were browsing, something about your browser made us think you were a bot. There are a few reasons this might happen: you are a power user moving through this website with super-human speed, you have disabled cookies in your web browser.</p>"),
    Wall("challenge", "en", "Access denied", "<h1>Access Denied</h1><p>You don't have permission to access \"http://wire.example/release\" on this server.</p><p>Reference #18.a2f31402.1738.2fd1</p>"),
    Wall("challenge", "de", "Sicherheitsprüfung", "<h1>Einen Moment bitte</h1><p>Ihr Browser wird überprüft. Dieser Vorgang läuft automatisch ab, Sie werden in Kürze weitergeleitet. Bitte aktivieren Sie JavaScript und Cookies, um fortzufahren.</p>"),
    Wall("challenge", "fr", "Vérification", "<h1>Vérification de sécurité</h1><p>Nous vérifions que votre connexion est sécurisée. Veuillez confirmer que vous n'êtes pas un robot en cochant la case ci-dessous.</p>"),
    Wall("challenge", "es", "Comprobación", "<h1>Verificación de seguridad</h1><p>Estamos comprobando su navegador antes de acceder al sitio. Este proceso es automático. Su navegador le redirigirá en breve al contenido solicitado.</p>"),
    Wall("challenge", "ru", "Проверка", "<h1>Проверка браузера</h1><p>Подтвердите, что запросы отправляли вы, а не робот. Нам очень жаль, но запросы с вашего устройства похожи на автоматические.</p>"),
    Wall("challenge", "zh", "安全验证", "<h1>安全验证</h1><p>您的访问过于频繁，请完成下方的验证后继续访问。系统检测到您的网络环境存在异常流量，请拖动滑块完成验证。</p>"),
    Wall("challenge", "ko", "보안 확인", "<h1>보안 확인</h1><p>비정상적인 접근이 감지되었습니다. 로봇이 아님을 확인해 주세요. 자동 입력 방지 문자를 입력하면 계속 이용하실 수 있습니다.</p>"),
    # ------------------------------------------------------------------ login
    Wall("login", "en", "Sign in", "<h1>Sign in</h1><p>Email address</p><p>Password</p><p>Forgot your password?</p><p>New to Wire Example? Create an account</p>"),
    Wall("login", "en", "Members only", "<h1>Please log in</h1><p>You must be logged in to view this page. If you have an account, log in below. Otherwise register for free.</p><p>Username or e-mail</p><p>Remember me</p>"),
    Wall("login", "de", "Anmelden", "<h1>Anmeldung</h1><p>Bitte melden Sie sich an, um diese Seite zu sehen.</p><p>E-Mail-Adresse</p><p>Passwort</p><p>Passwort vergessen? Noch nicht registriert? Jetzt kostenlos ein Konto anlegen.</p>"),
    Wall("login", "fr", "Connexion", "<h1>Identifiez-vous</h1><p>Vous devez être connecté pour accéder à cette page. Adresse e-mail, mot de passe.</p><p>Mot de passe oublié ? Pas encore de compte ? Inscrivez-vous gratuitement.</p>"),
    Wall("login", "es", "Acceso", "<h1>Inicia sesión</h1><p>Introduce tu correo electrónico y tu contraseña para acceder a este contenido.</p><p>¿Has olvidado tu contraseña? ¿No tienes cuenta? Regístrate gratis.</p>"),
    Wall("login", "pt", "Entrar", "<h1>Faça login para continuar</h1><p>E-mail e senha. Esqueceu a senha? Ainda não tem uma conta? Cadastre-se gratuitamente em poucos minutos.</p>"),
    Wall("login", "zh", "登录", "<h1>用户登录</h1><p>请输入您的用户名和密码登录后查看本页内容。忘记密码？还没有账号？立即注册，注册完全免费，只需一分钟即可完成。</p>"),
    Wall("login", "it", "Accedi", "<h1>Accedi al tuo account</h1><p>Inserisci email e password per visualizzare questa pagina. Password dimenticata? Non hai un account? Registrati gratuitamente.</p>"),
    # ------------------------------------------------------------------ paywall: {lead} is the article's first sentence
    Wall("paywall", "en", "", "<h1>{title}</h1><p>{lead}</p><p>To continue reading this article, subscribe now. Already a subscriber? Sign in.</p>"),
    Wall("paywall", "en", "", "<h1>{title}</h1><p>{lead}</p><h3>Unlock this story</h3><p>Get unlimited access to our journalism from $1 a week. Cancel anytime.</p>"),
    Wall("paywall", "en", "", "<h1>{title}</h1><p>{lead}</p><p>You have reached your limit of free articles this month. Register for free to keep reading.</p>"),
    Wall("paywall", "de", "", "<h1>{title}</h1><p>{lead}</p><h3>Weiterlesen mit Plus</h3><p>Testen Sie unser Angebot einen Monat für 1 Euro, jederzeit kündbar. Schon Abonnent? Hier einloggen.</p>"),
    Wall("paywall", "fr", "", "<h1>{title}</h1><p>{lead}</p><p>Il vous reste 85.2% de cet article à lire. La suite est réservée aux abonnés. Déjà abonné ? Se connecter.</p>"),
    Wall("paywall", "es", "", "<h1>{title}</h1><p>{lead}</p><p>Este contenido es exclusivo para suscriptores. Suscríbete para seguir leyendo por 1 euro el primer mes.</p>"),
    Wall("paywall", "pt", "", "<h1>{title}</h1><p>{lead}</p><p>Este conteúdo é exclusivo para assinantes. Já é assinante? Faça login. Assine agora e continue lendo.</p>"),
    Wall("paywall", "ja", "", "<h1>{title}</h1><p>{lead}</p><p>この記事は有料会員限定です。ログインまたは会員登録すると続きをお読みいただけます。残り1,284文字</p>"),
    Wall("paywall", "sv", "", "<h1>{title}</h1><p>{lead}</p><p>Det här är en låst artikel. Logga in eller bli prenumerant för att läsa vidare. Är du redan prenumerant? Logga in här.</p>"),
    Wall("paywall", "nl", "", "<h1>{title}</h1><p>{lead}</p><p>Dit artikel is alleen voor abonnees. Verder lezen? Word abonnee en lees direct verder. Al abonnee? Log in.</p>"),
    # ------------------------------------------------------------------ soft 404
    Wall("soft 404", "en", "Page not found", "<h1>Oops!</h1><p>We can't find the page you're looking for. It may have expired, or there could be a typo in the address.</p><p>Search our site or go back to the home page.</p>"),
    Wall("soft 404", "en", "Release unavailable", "<h1>This release is no longer available</h1><p>The news release you requested has been removed at the request of the issuer or has expired. Please browse our latest news releases.</p>"),
    Wall("soft 404", "en", "Error", "<h1>Something went wrong</h1><p>The page you requested could not be loaded. Please try again later or contact the webmaster if the problem persists.</p>"),
    Wall("soft 404", "en", "We'll be right back", "<h1>Down for maintenance</h1><p>Our website is currently undergoing scheduled maintenance. We should be back shortly. Thank you for your patience.</p>"),
    Wall("soft 404", "de", "Fehler 404", "<h1>Hoppla!</h1><p>Diese Seite gibt es leider nicht oder nicht mehr. Vielleicht haben Sie sich vertippt, oder der Beitrag wurde gelöscht.</p><p>Zur Startseite</p>"),
    Wall("soft 404", "fr", "Erreur", "<h1>Oups, cette page n'existe pas</h1><p>La page que vous recherchez n'existe plus ou a été déplacée. Vous pouvez revenir à l'accueil ou utiliser le moteur de recherche.</p>"),
    Wall("soft 404", "es", "Error 404", "<h1>Lo sentimos</h1><p>La página que buscas no existe o ha sido eliminada. Puedes volver a la portada o utilizar nuestro buscador para encontrar la noticia.</p>"),
    Wall("soft 404", "pt", "Página não encontrada", "<h1>Ops!</h1><p>A página que você procura não existe ou foi removida. Volte para a página inicial ou faça uma nova busca no nosso site.</p>"),
    Wall("soft 404", "it", "Errore 404", "<h1>Pagina non trovata</h1><p>Spiacenti, il contenuto che stai cercando non è più disponibile o è stato spostato. Torna alla home page oppure usa la ricerca.</p>"),
    Wall("soft 404", "ja", "お探しのページ", "<h1>404 Not Found</h1><p>お探しのページは、移動または削除された可能性があります。アドレスをご確認のうえ、もう一度お試しください。トップページへ戻る。</p>"),
    Wall("soft 404", "zh", "页面不存在", "<h1>抱歉</h1><p>您访问的页面不存在或已被删除，请检查您输入的网址是否正确，或者返回首页继续浏览其他精彩内容，感谢您的理解。</p>"),
    Wall("soft 404", "ru", "Страница не найдена", "<h1>Ошибка 404</h1><p>К сожалению, запрашиваемая страница не найдена. Возможно, она была удалена или перемещена. Перейдите на главную страницу.</p>"),
    # ------------------------------------------------------------------ empty
    Wall("empty", "en", "{title}", "<h1>{title}</h1>"),
    Wall("empty", "en", "{title}", "<h1>{title}</h1><div id=\"root\"></div><noscript>You need to enable JavaScript to run this app.</noscript>"),
    Wall("empty", "de", "{title}", "<h1>{title}</h1><p>Wird geladen …</p>"),
    Wall("empty", "en", "", ""),
    Wall("empty", "en", "{title}", "<h1>{title}</h1><p>Share this article</p><p>Print</p>"),
    Wall("empty", "ja", "{title}", "<h1>{title}</h1><p>読み込み中</p>"),
)  # fmt: skip

UNSEEN = (
    Wall("consent", "en", "Cookie notice", "<h1>This website uses cookies</h1><p>We use cookies to personalise content and ads, to provide social media features and to analyse our traffic. We also share information about your use of our site with our advertising partners.</p><button>Allow all</button><button>Deny</button>"),
    Wall("consent", "de", "Einwilligung", "<h1>Willkommen bei der Beispielpresse</h1><p>Um unsere Seite nutzen zu können, benötigen wir Ihre Zustimmung zur Verwendung von Cookies und zur Verarbeitung Ihrer Daten durch Drittanbieter. Alternativ können Sie unser Pur-Abo abschließen.</p><button>Zustimmen</button>"),
    Wall("consent", "es", "Cookies", "<h1>Uso de cookies</h1><p>Utilizamos cookies propias y de terceros con fines analíticos y para mostrarte publicidad personalizada. Puedes aceptar todas las cookies, configurarlas o rechazar su uso.</p>"),
    Wall("consent", "sv", "Samtycke", "<h1>Vi värnar om din integritet</h1><p>Vi och våra partner lagrar information på en enhet, till exempel cookies, och behandlar personuppgifter. Du kan godkänna alla eller hantera dina val.</p>"),
    Wall("challenge", "en", "Human verification", "<h1>Let's confirm you are human</h1><p>Complete the security check before continuing. This step verifies that you are not a bot, which helps to protect your account and prevent spam.</p>"),
    Wall("challenge", "en", "Blocked", "<h1>Sorry, you have been blocked</h1><p>You are unable to access wire.example. This website is using a security service to protect itself from online attacks.</p>"),
    Wall("challenge", "it", "Verifica", "<h1>Verifica di sicurezza</h1><p>Stiamo verificando che la connessione sia sicura. Conferma di non essere un robot per continuare la navigazione.</p>"),
    Wall("challenge", "ja", "確認", "<h1>セキュリティチェック</h1><p>お使いのネットワークから通常と異なるアクセスが検出されました。あなたがロボットではないことを確認するため、下の画像認証を行ってください。</p>"),
    Wall("login", "en", "Log in", "<h1>Welcome back</h1><p>Log in to your account to view this content.</p><p>Email</p><p>Password</p><p>Forgot password?</p><p>Don't have an account? Sign up</p>"),
    Wall("login", "nl", "Inloggen", "<h1>Inloggen</h1><p>Log in om deze pagina te bekijken. E-mailadres en wachtwoord. Wachtwoord vergeten? Nog geen account? Maak gratis een account aan.</p>"),
    Wall("login", "ru", "Вход", "<h1>Вход в личный кабинет</h1><p>Для просмотра страницы необходимо войти. Введите логин и пароль. Забыли пароль? Нет аккаунта? Зарегистрируйтесь бесплатно.</p>"),
    Wall("paywall", "en", "", "<h1>{title}</h1><p>{lead}</p><p>This content is available to premium members only. Log in or become a member to read the full article.</p>"),
    Wall("paywall", "de", "", "<h1>{title}</h1><p>{lead}</p><p>Dieser Artikel ist Teil unseres Abo-Angebots. Jetzt Zugang sichern und alle Inhalte freischalten. Bereits Abonnent? Anmelden.</p>"),
    Wall("paywall", "it", "", "<h1>{title}</h1><p>{lead}</p><p>Questo contenuto è riservato agli abbonati. Abbonati per continuare a leggere. Sei già abbonato? Accedi.</p>"),
    Wall("paywall", "zh", "", "<h1>{title}</h1><p>{lead}</p><p>本文为付费内容，订阅后可阅读全文。已是会员？请登录。</p>"),
    Wall("soft 404", "en", "Sorry", "<h1>Sorry about that</h1><p>The link you followed may be broken, or the page may have been removed. Try searching for what you were looking for.</p>"),
    Wall("soft 404", "nl", "Pagina niet gevonden", "<h1>Helaas</h1><p>De pagina die je zoekt bestaat niet of is verplaatst. Ga terug naar de homepage of gebruik de zoekfunctie om verder te gaan.</p>"),
    Wall("soft 404", "pl", "Nie znaleziono", "<h1>Błąd 404</h1><p>Strona, której szukasz, nie istnieje lub została usunięta. Wróć do strony głównej albo skorzystaj z wyszukiwarki.</p>"),
    Wall("soft 404", "ko", "오류", "<h1>페이지를 찾을 수 없습니다</h1><p>요청하신 페이지가 삭제되었거나 주소가 변경되었습니다. 입력하신 주소가 정확한지 다시 한번 확인해 주시기 바랍니다.</p>"),
    Wall("soft 404", "fr", "Contenu indisponible", "<h1>Ce contenu n'est plus disponible</h1><p>L'article demandé a été supprimé ou son adresse a changé. Retrouvez toutes nos actualités sur la page d'accueil.</p>"),
    Wall("empty", "fr", "{title}", "<h1>{title}</h1><p>Chargement en cours…</p>"),
    Wall("empty", "en", "{title}", "<div class=\"spinner\"></div>"),
)  # fmt: skip
