# ruff: noqa: E501  -- lists of words, not code
"""What columns and their values are called in English, Russian, Polish, Portuguese, French, Vietnamese, German, Spanish.

Facts of languages and of the export files of common CRMs, as data: target → names apart by "|". The empty kind holds
for all kinds of records.
"""

from __future__ import annotations

from collections.abc import Mapping

_FIRST = "first name|given name|forename|имя|imie|nome|primeiro nome|prenom|ten|vorname|nombre|nombre de pila"
_LAST = "last name|surname|family name|фамилия|nazwisko|sobrenome|apelido|nom de famille|nom|ho|nachname|familienname|apellido|apellidos"
_MIDDLE = "middle name|second name|patronymic|отчество|drugie imie|nome do meio|deuxieme prenom|ten dem|zweiter vorname|segundo nombre"
_FULL = (
    "name|full name|contact name|person|contact|contact person|фио|ф и о|полное имя|контакт|контактное лицо|имя контакта|"
    "imie i nazwisko|kontakt|osoba kontaktowa|nome completo|contato|nom complet|nom et prenom|ho va ten|ho ten|nguoi lien he|"
    "vollstandiger name|ansprechpartner|nombre completo|contacto"
)
_COMPANY = (
    "company|company name|organization|organisation|organization name|account|account name|client|customer|employer|компания|"
    "название компании|организация|клиент|контрагент|заказчик|работодатель|firma|nazwa firmy|spolka|przedsiebiorstwo|"
    "klient|empresa|nome da empresa|cliente|organizacao|societe|entreprise|nom de l entreprise|nom de la societe|cong ty|"
    "ten cong ty|khach hang|unternehmen|firmenname|organisation name|kunde|compania|nombre de la empresa|organizacion"
)
_TITLE = (
    "title|subject|name of deal|название|заголовок|тема|наименование|tytul|nazwa|temat|titulo|assunto|titre|sujet|objet|"
    "tieu de|chu de|titel|betreff|bezeichnung|asunto"
)

HEADINGS: Mapping[str, Mapping[str, str]] = {
    "": {
        "phones": "phone|phones|phone number|telephone|tel|contact phone|телефон|телефоны|номер телефона|тел|контактный телефон|"
        "numer telefonu|telefone|fone|numero de telefone|numero de telephone|dien thoai|so dien thoai|sdt|telefon|"
        "telefonnummer|rufnummer|telefono|numero de telefono",
        "phones:work": "work phone|business phone|office phone|phone work|рабочий телефон|служебный телефон|офисный телефон|"
        "telefon sluzbowy|telefon do pracy|telefone comercial|telefone do trabalho|telephone professionnel|"
        "telephone bureau|dien thoai co quan|telefon geschaftlich|geschaftstelefon|telefono del trabajo|telefono trabajo",
        "phones:mobile": "mobile|mobile phone|cell|cell phone|cellphone|phone mobile|мобильный|мобильный телефон|сотовый|"
        "сотовый телефон|моб телефон|komorka|telefon komorkowy|celular|telefone celular|telemovel|portable|"
        "telephone portable|telephone mobile|di dong|dien thoai di dong|handy|mobiltelefon|mobil|movil|telefono movil",
        "phones:home": "home phone|phone home|домашний телефон|telefon domowy|telefone residencial|telephone domicile|"
        "dien thoai nha|telefon privat|privattelefon|telefono de casa",
        "phones:fax": "fax|факс|faks|fax number|telecopie|so fax|faxnummer",
        "emails": "e mail|email|emails|mail|e mail address|email address|почта|эл почта|электронная почта|адрес электронной почты|"
        "имейл|адрес e mail|poczta|adres e mail|adres email|correio eletronico|courriel|adresse e mail|adresse email|"
        "dia chi email|thu dien tu|e mail adresse|correo|correo electronico",
        "emails:work": "work email|work e mail|business email|рабочий e mail|рабочая почта|email sluzbowy|email profissional|"
        "email professionnel|geschaftliche e mail|correo del trabajo",
        "sites": "site|website|web site|web|www|url|homepage|сайт|веб сайт|корпоративный сайт|страница|strona www|strona|"
        "strona internetowa|pagina web|sitio web|site internet|site web|trang web|webseite|internetseite",
        "messengers:telegram": "telegram|телеграм|телеграмм",
        "messengers:whatsapp": "whatsapp|ватсап|вотсап",
        "messengers:other": "messenger|messengers|мессенджер|мессенджеры|komunikator|mensageiro|messagerie",
        "addresses": "address|full address|postal address|адрес|почтовый адрес|полный адрес|юридический адрес|фактический адрес|"
        "adres|adres pocztowy|endereco|adresse|adresse postale|dia chi|anschrift|direccion",
        "addresses:street": "street|street address|address line 1|улица|улица дом|ulica|rua|logradouro|rue|duong|strasse|"
        "strasse und hausnummer|calle",
        "addresses:unit": "unit|apartment|office|address line 2|квартира|офис|квартира офис|mieszkanie|apartamento|complemento|"
        "appartement|can ho|wohnung|piso",
        "addresses:city": "city|town|locality|город|населенный пункт|miasto|miejscowosc|cidade|ville|thanh pho|stadt|ort|ciudad|"
        "localidad",
        "addresses:region": "region|state|province|county|область|регион|край|wojewodztwo|estado|uf|departement|tinh|"
        "bundesland|provincia",
        "addresses:postal_code": "postal code|postcode|zip|zip code|индекс|почтовый индекс|kod pocztowy|cep|codigo postal|"
        "code postal|ma buu dien|ma buu chinh|plz|postleitzahl",
        "addresses:country": "country|страна|kraj|pais|pays|quoc gia|nuoc|land",
        "source": "source|lead source|channel|источник|канал|zrodlo|zrodlo leada|origem|fonte|source du lead|nguon|"
        "quelle|herkunft|origen|fuente",
        "comment": "comment|comments|note|notes|description|remarks|комментарий|комментарии|примечание|примечания|описание|заметка|"
        "заметки|komentarz|uwagi|notatki|notatka|opis|comentario|comentarios|observacoes|observacao|descricao|"
        "commentaire|commentaires|remarque|remarques|ghi chu|mo ta|kommentar|bemerkung|bemerkungen|notiz|"
        "beschreibung|observaciones|notas|descripcion",
        "responsible": "responsible|responsible person|owner|assigned to|assignee|manager|sales rep|account manager|ответственный|"
        "менеджер|куратор|opiekun|odpowiedzialny|osoba odpowiedzialna|handlowiec|responsavel|vendedor|proprietario|"
        "responsable|charge d affaires|phu trach|nguoi phu trach|nhan vien|verantwortlich|verantwortlicher|betreuer|"
        "zustandig|encargado",
        "created_at": "created|created at|created on|date created|creation date|date added|added|дата создания|создан|дата добавления|"
        "дата регистрации|data utworzenia|data dodania|utworzono|data de criacao|criado em|date de creation|cree le|"
        "ngay tao|erstellt|erstellt am|erstelldatum|anlagedatum|fecha de creacion|creado",
        "external": "id|record id|external id|код|идентификатор|номер записи|identyfikator|codigo|identifiant|ma|kennung|identificador",
        "currency": "currency|валюта|waluta|moeda|devise|monnaie|tien te|loai tien|wahrung|moneda|divisa",
        "amount": "amount|sum|value|total|deal value|budget|opportunity|сумма|стоимость|бюджет|цена|kwota|wartosc|suma|budzet|"
        "valor|montante|orcamento|montant|valeur|so tien|gia tri|ngan sach|betrag|wert|summe|importe|monto|presupuesto",
        "post": "post|job|job title|position|role|должность|позиция|stanowisko|cargo|funcao|poste|fonction|chuc vu|chuc danh|"
        "posicion|puesto|berufsbezeichnung|funktion",
        "birthday": "birthday|date of birth|birth date|birthdate|dob|дата рождения|день рождения|data urodzenia|urodziny|"
        "data de nascimento|nascimento|aniversario|date de naissance|anniversaire|ngay sinh|sinh nhat|"
        "geburtstag|geburtsdatum|fecha de nacimiento|cumpleanos",
        "honorific": "honorific|salutation|prefix|mr ms|обращение|форма обращения|zwrot|tratamento|civilite|danh xung|anrede|"
        "tratamiento",
        "stage": "stage|status|pipeline stage|deal stage|lead status|стадия|стадия сделки|стадия лида|статус|этап|этап сделки|"
        "etap|faza|etap sprzedazy|fase|etapa|situacao|etape|statut|phase|giai doan|trang thai|stufe|estado del negocio",
        "type": "type|тип|вид|typ|rodzaj|tipo|loai|art|type de contact",
    },
    "lead": {
        "title": f"{_TITLE}|lead|lead title|lead name|название лида|лид|nazwa leada|nome do lead|nom du lead|ten lead|leadname",
        "person:first": _FIRST,
        "person:last": _LAST,
        "person:middle": _MIDDLE,
        "person_name": _FULL,
        "company_name": _COMPANY,
    },
    "contact": {
        "first_name": _FIRST,
        "last_name": _LAST,
        "middle_name": _MIDDLE,
        "full_name": _FULL,
        "companies": _COMPANY,
        "company:sites": "company site|company website|сайт компании|strona firmy|site da empresa|site de l entreprise",
        "company:phones": "company phone|телефон компании|telefon firmy|telefone da empresa|telephone de l entreprise",
    },
    "company": {
        "name": f"{_COMPANY}|{_TITLE}|name|nome|nom|ten|nombre|razao social|raison sociale|razon social",
        "parent_id": "parent|parent company|holding|part of|group|головная компания|родительская компания|холдинг|входит в|"
        "firma nadrzedna|spolka matka|grupa|empresa mae|controladora|matriz|societe mere|maison mere|groupe|"
        "cong ty me|muttergesellschaft|konzern|empresa matriz",
        "revenue": "revenue|annual revenue|yearly revenue|turnover|оборот|годовой оборот|выручка|обороты|obrot|roczny obrot|"
        "przychod|faturamento|receita anual|chiffre d affaires|ca annuel|doanh thu|umsatz|jahresumsatz|"
        "facturacion|ingresos anuales",
        "industry": "industry|sector|сфера деятельности|отрасль|branza|setor|secteur|secteur d activite|nganh|linh vuc|branche",
        "employees": "employees|number of employees|headcount|сотрудники|количество сотрудников|численность|liczba pracownikow|"
        "zatrudnienie|funcionarios|effectif|nombre d employes|so nhan vien|mitarbeiter|mitarbeiterzahl|empleados",
        "requisite:inn": "inn|инн",
        "requisite:kpp": "kpp|кпп",
        "requisite:ogrn": "ogrn|огрн",
        "requisite:nip": "nip",
        "requisite:regon": "regon",
        "requisite:krs": "krs",
        "requisite:cnpj": "cnpj",
        "requisite:siren": "siren",
        "requisite:siret": "siret",
        "requisite:mst": "mst|ma so thue",
        "requisite:ein": "ein|tax id",
        "requisite:unp": "unp|унп",
        "requisite:bin": "bin|бин",
        "requisite:vat": "vat|vat number|vat id|tax number|ust id|ustid|ust idnr|umsatzsteuer id|numero de tva|tva|nif|cif",
    },
    "deal": {
        "title": f"{_TITLE}|deal|deal name|opportunity name|name|название сделки|сделка|nazwa transakcji|transakcja|szansa|"
        "negocio|nome do negocio|affaire|opportunite|nom de l affaire|ten giao dich|thuong vu|geschaft|"
        "nombre del negocio|oportunidad",
        "company_id": _COMPANY,
        "contacts": _FULL.replace("name|", "", 1),
        "contact:phones": "phone|contact phone|телефон контакта|телефон",
        "contact:emails": "e mail|email|e mail контакта|почта контакта",
        "probability": "probability|win probability|вероятность|prawdopodobienstwo|probabilidade|probabilite|xac suat|"
        "wahrscheinlichkeit|probabilidad",
        "begins_on": "begins|begin date|start date|start|дата начала|начало|data rozpoczecia|data de inicio|date de debut|"
        "ngay bat dau|beginn|startdatum|fecha de inicio",
        "closes_on": "close date|closing date|expected close date|expected to close|дата завершения|дата закрытия|"
        "предполагаемая дата закрытия|data zamkniecia|data zakonczenia|data de fechamento|date de cloture|"
        "ngay dong|ngay ket thuc|abschlussdatum|fecha de cierre",
        "stage": "state|стадия продажи",
    },
}

# What people write for answers that are built in: target → value → names.
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "source": {
        "form": "web form|form|web|website|site|crm form|веб сайт|сайт|форма|crm форма|веб форма|strona|strona www|formularz|"
        "formulario|site web|formulaire|trang web|bieu mau|webseite|formular",
        "call": "call|phone|phone call|звонок|телефон|telefon|polaczenie|ligacao|telefone|appel|telephone|cuoc goi|anruf|llamada",
        "email": "e mail|email|mail|letter|письмо|почта|электронная почта|poczta|correio|courriel|thu|correo",
        "chat": "chat|чат|онлайн чат|czat|bate papo|tro chuyen",
        "ad": "ad|ads|advertising|advertisement|реклама|объявление|reklama|anuncio|publicidade|publicite|quang cao|werbung|publicidad",
        "social": "social|social network|social media|соцсети|социальные сети|социальная сеть|media spolecznosciowe|redes sociais|"
        "reseaux sociaux|mang xa hoi|soziale medien|redes sociales",
        "referral": "referral|recommendation|word of mouth|рекомендация|по рекомендации|сарафанное радио|polecenie|rekomendacja|"
        "indicacao|recomendacao|recommandation|bouche a oreille|gioi thieu|empfehlung|recomendacion",
        "event": "event|exhibition|trade show|conference|fair|выставка|мероприятие|конференция|targi|wystawa|feira|evento|salon|"
        "foire|trien lam|su kien|messe|veranstaltung|feria",
        "partner": "partner|партнер|партнеры|parceiro|partenaire|doi tac|socio",
        "import": "import|импорт|importacao|importation|nhap",
        "api": "api",
        "other": "other|another|другое|прочее|inne|inny|outro|autre|khac|sonstiges|andere|otro",
    },
    "deal.type": {
        "sale": "sale|sales|goods|продажа|комплексная продажа|продажа товара|sprzedaz|venda|vente|ban hang|verkauf|venta",
        "service": "service|services|услуга|услуги|сервисное обслуживание|usluga|uslugi|servico|servicos|prestation|dich vu|"
        "dienstleistung|servicio|servicios",
        "purchase": "purchase|buying|покупка|закупка|zakup|compra|achat|mua hang|einkauf",
    },
    "type": {
        "client": "client|customer|клиент|клиенты|покупатель|klient|cliente|khach hang|kunde",
        "supplier": "supplier|vendor|поставщик|dostawca|fornecedor|fournisseur|nha cung cap|lieferant|proveedor",
        "partner": "partner|партнер|parceiro|partenaire|doi tac|socio",
        "competitor": "competitor|конкурент|konkurent|konkurencja|concorrente|concurrent|doi thu|wettbewerber|competidor",
        "other": "other|другое|прочее|inny|inne|outro|autre|khac|sonstige|otro",
    },
    "honorific": {
        "mr": "mr|г н|господин|pan|sr|m|monsieur|ong|herr|senor",
        "mrs": "mrs|г жа|госпожа|pani|sra|mme|madame|ba|frau|senora",
        "ms": "ms|miss|mlle|srta",
        "dr": "dr|doctor|д р|доктор",
        "prof": "prof|professor|профессор|profesor",
    },
    "yesno": {
        "yes": "yes|y|true|1|on|x|да|д|истина|tak|t|prawda|sim|s|verdadeiro|oui|o|vrai|co|dung|ja|j|wahr|si",
        "no": "no|n|false|0|off|нет|н|ложь|nie|falsz|nao|falso|non|faux|khong|sai|nein|falsch",
    },
    "stage": {
        "new": "new|новый|новая|nowy|nowa|novo|nova|nouveau|nouvelle|moi|neu|nuevo|nueva|не обработан|открыта|open",
        "in_work": "in progress|in work|working|в работе|обработка|w toku|w trakcie|em andamento|en cours|dang xu ly|in arbeit|"
        "in bearbeitung|en curso",
        "won": "won|closed won|success|converted|сделка успешна|успешна|выиграна|успех|качественный лид|wygrana|wygrany|ganho|"
        "ganha|gagne|gagnee|thanh cong|gewonnen|ganado|ganada",
        "lost": "lost|closed lost|unqualified|junk|failed|сделка провалена|провалена|проиграна|некачественный лид|отказ|przegrana|"
        "przegrany|perdido|perdida|perdu|perdue|that bai|verloren",
    },
}
CURRENCY_SIGNS: Mapping[str, str] = {
    "₽": "RUB", "руб": "RUB", "р.": "RUB", "$": "USD", "€": "EUR", "zł": "PLN", "r$": "BRL", "₫": "VND", "£": "GBP", "₸": "KZT",
    "¥": "CNY",
}  # fmt: skip
