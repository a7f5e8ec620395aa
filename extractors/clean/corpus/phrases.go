package corpus

// Furniture written for this project in the manner of many papers. {x} is
// filled in by [mixer.fill].

var headerLines = []string{
	"{paper}", "{paper}", "Skip to content", "Skip to main content", "Menu", "Search", "Subscribe", "Sign in", "Log in", "Log In / Register", "My Account",
	"E-Paper", "ePaper", "Live TV", "Watch Live", "Home", "News", "World", "Politics", "Business", "Opinion", "Sport", "Sports", "Culture", "Lifestyle", "Entertainment", "Science",
	"Tech", "Health", "Money", "Travel", "Weather", "Crosswords", "Obituaries", "Classifieds", "Cricket", "Bollywood", "Cities", "India", "Explained", "Trending",
	"Home / {section} / {section}", "Home > {section} > Story", "Home » {section}", "{section} | {section}", "You are here: Home", "Edition: {place}", "Today's Paper",
	"{tracker}", "Follow Us:", "Follow us", "Follow Us On:", "Advertisement", "ADVERTISEMENT", "{section}", "{SECTION}", "BREAKING NEWS", "Live Updates", "Newsletters", "Support us", "Donate",
	"Contribute", "Get the app", "Breaking: {title}", "TRENDING: {tags}", "Toggle navigation", "Open menu", "Close", "×", "Latest News", "Top Stories", "Subscribe for £1 a week",
	"Try premium for $1", "Give a gift subscription", "Today's ePaper | Subscribe | Sign In", "This article is more than 3 years old", "Hello Guest", "Select city", "Cookie settings",
	"We use cookies to give you the best experience on our site. By continuing you agree to our privacy policy.", "{weekday}, {month} {day}, {year}", "{weekday} {day} {month} {year}", "{paper} logo", "Search for:", "Mobile App",
	"{city} {num}°C", "Wed, {day} {month} {year}", "Sections", "All Sections", "Most Popular", "Just In", "Exclusive", "EXCLUSIVE", "Premium", "Subscriber Only Stories", "Free Trial", "Wire", "Press release",
}

var bylines = []string{
	"By {name}", "By {name}", "By {name} and {name}", "By {NAME}", "by {name}", "BY {NAME}", "By {name}, {agency}", "By {name} {paper}", "By: {agency} | {city} |", "By: {name} | {city}", "By: Express News Service | {city} |",
	"{name}", "{name}, {role}", "{NAME}", "{name} {role}", "{name} in {city}", "{name} and {name} in {city}", "{agency}", "{agency}, {city}", "{paper} Staff", "Staff Reporter", "Staff Writer", "Our Correspondent", "From Our Correspondent", "City Desk",
	"Written by {name}", "Written By {name} | {city}", "Reported by {name}", "{name} | {paper}", "{name} / {agency}", "{name} | {role}", "By {name} | {email}", "{name}, {paper}", "Posted by {name}", "Author: {name}", "Edited by {name}",
	"By {name}, {role}", "By {name}, {role} for {paper}", "Special Correspondent", "Press Trust of India", "Associated Press", "By The Associated Press", "By {agency} Staff", "Words by {name}", "{name} {email}", "Exclusive by {name}", "Interview by {name}",
	"BYLINE: {name}", "By {name}, {paper} {role}", "{name}, {agency} — {city}", "By {name}, BBC News, {city}", "By {name} BBC News", "PTI", "ANI", "AFP", "Reuters",
}

var roles = []string{"Political Editor", "political correspondent", "Staff Reporter", "Education Correspondent", "Health Editor", "health reporter", "Crime Reporter", "Business Editor", "Chief Reporter", "Sports Writer", "Courts Correspondent", "Science Editor", "Environment correspondent", "Home Affairs Editor", "Senior Reporter", "Local Democracy Reporter", "Arts critic", "Legal Affairs Correspondent", "Deputy Political Editor", "Transport Correspondent", "Football Writer", "Royal Correspondent", "Defence Editor", "Religion reporter"}

var dates = []string{
	"{month} {day}, {year}", "{day} {month} {year}", "{weekday}, {month} {day}, {year}", "{weekday} {day} {month} {year} {hour}.{min} GMT", "{month} {day}, {year} {hour}:{min}:{min} pm", "{month} {day}, {year} at {hour}:{min} a.m. EDT",
	"Published: {month} {day}, {year}", "Published {hour}:{min} PM ET, {mon} {day}, {year}", "Updated: {month} {day}, {year} {hour}:{min} IST", "Updated {hour}:{min} AM IST", "Last updated: {day} {month} {year}", "First published on {weekday} {day} {month} {year} {hour}.{min} BST",
	"{hour} hours ago", "{min} minutes ago", "Posted {month} {day}, {year}", "POSTED: {mon}. {day}, {year}", "{day}/{day}/{year}", "{year}-0{hour}-{min}", "{mon} {day}, {year} | {hour}:{min} pm", "UPDATED: {hour}:{min} EST, {day} {month} {year}", "PUBLISHED: {hour}:{min} EST, {day} {month} {year}",
	"{mon} {day}, {year}, {hour}:{min} AM", "Updated on: {month} {day}, {year} / {hour}:{min} PM / {agency}", "Published {day} {month} {year}", "{day} {mon} {year}", "Date: {day}-{hour}-{year}", "{weekday}", "Published : {mon} {day}, {year}, {hour}:{min} IST | Updated : {mon} {day}, {year}, {hour}:{min} IST", "LOAD-DATE: {month} {day}, {year}", "{hour}:{min} pm, {weekday}",
}

var afterHeadline = []string{
	"Share", "Share this article", "Share this story", "Share on Facebook", "Share on Twitter", "Share on WhatsApp", "Facebook", "Twitter", "WhatsApp", "Email", "Print", "Copy link", "Save", "Comments", "{num} comments", "{num} shares", "{num} min read", "Read Time: {hour} min", "Listen to this article", "Listen", "Follow @{handle}", "Add to bookmarks", "A A A", "Font Size", "Text size", "Tweet", "Pin it", "Reddit", "LinkedIn", "View comments", "Gift this article", "Facebook Twitter Email Print", "Share Tweet Pin", "Google News", "Follow {paper} on Google News", "Join our WhatsApp channel", "Click to share on Facebook (Opens in new window)", "ADVERTISEMENT", "Advertisement", "{section}", "{tags}", "Image", "Video", "Play video", "View gallery", "1 of {hour}", "Photos: {num}", "Story highlights", "Key points",
}

var captions = []string{
	"{name} speaks to reporters in {city} on {weekday}. Photo: {name}/{agency}", "{name} in {city} last year. Photograph: {name}/Getty Images", "The {thing} in {city}. ({agency})", "{name} leaves the {thing} in {city}, {month} {day}, {year}. (Source: {agency}/{name})", "FILE - {name} waves to supporters in {city}, {month} {day}, {year}. (AP Photo/{name}, File)",
	"File photo of the {thing}", "Image: {agency}", "Image source, {agency}", "Image caption, {name} was in {city} for the opening", "Photo by {name}/Getty Images", "Photo: {agency}", "{name}. Picture: {name}", "Credit: {name}/{agency}", "Photograph: {name}/{agency}", "{name} / {agency}", "({agency} File Photo)", "Representational image. (File)", "A worker cleans the {thing} in {city} on {weekday} morning. (Express photo by {name})",
	"Protesters gather outside the {thing} in {city}. Photograph: {name}/Shutterstock", "The {thing}, which opened in {year}, has not been repaired. (Photo by {name})", "Getty Images", "{name} with {name} at the {thing} (Image: {name})", "{name}, pictured in {year}, has run the {thing} since {year}", "Residents look at the {thing} in {city}, {place}, {month} {day}, {year}. REUTERS/{name}", "Courtesy of {name}", "{name}, left, and {name} at a ceremony in {city}.  {name} for {paper}", "An aerial view of the {thing}. Courtesy {paper}",
	"{name} at the {thing} on {weekday}", "Pictured: the {thing} in {city}", "Left to right: {name}, {name} and {name}", "{name} (above) says the {thing} changed her life (Picture: {name})", "The scene at the {thing} yesterday", "{name} ({agency})", "The {thing}, {city}. (HT Photo)", "{name} and {name} celebrate in {city}. CREDIT: {agency}", "Chart: {paper}", "Source: {agency}",
}

var things = []string{"town hall", "bridge", "courthouse", "new hospital", "harbour", "railway station", "old mill", "library", "stadium", "parliament building", "market", "factory", "museum", "school", "flooded road", "fire station", "refinery", "dam", "airport", "church"}

var interruptions = []string{
	"Advertisement", "ADVERTISEMENT", "Advertisement", "Article continues below", "Story continues below advertisement", "Article continues after advertisement", "Scroll to continue", "Loading...", "Ad", "Sponsored", "{sponsored}",
	"Read more: {title}", "Read More: {title}", "READ MORE: {title}", "Read also: {title}", "ALSO READ | {title}", "Also Read: {title}", "Read | {title}", "Related: {title}", "RELATED: {title}", "See also: {title}", "MORE: {title}", "WATCH: {title}", "Watch: {title}", "Don't miss: {title}", "EXPLAINED | {title}", "In Pictures: {title}", "LISTEN: {title}", "Recommended: {title}", "Opinion: {title}", "PODCAST: {title}",
	"Sign up for our {section} newsletter", "Sign up for the {paper} newsletter and get the day's news in your inbox every morning.", "Get {paper}'s best stories delivered to your inbox.", "Subscribe to our free newsletter", "Enter your email address", "Invalid email", "Thank you for subscribing!", "By signing up you agree to our terms of use and privacy policy.", "Related Stories", "Related Articles", "More on this story", "Recommended Stories", "Most Read", "Editor's Picks", "Top Videos", "Video", "Play", "Show more", "View on Twitter", "pic.twitter.com/{handle}", "— {name} (@{handle}) {month} {day}, {year}", "View this post on Instagram", "A post shared by {name} (@{handle})", "Skip Ad", "Join the conversation", "Follow our live coverage", "Download the {paper} app for the latest news", "Click here to join our channel", "Photo gallery", "To view this video please enable JavaScript", "Story continues", "Skip advert", "Skip past newsletter promotion", "after newsletter promotion", "You May Like", "From the archives", "Hide caption", "toggle caption", "Enlarge this image", "Unmute", "0 seconds of {min} seconds",
}

var closers = []string{
	"(Reporting by {name} and {name}; Editing by {name})", "Reporting by {name} in {city}; Editing by {name}", "Additional reporting by {name}", "(With inputs from {agency})", "(With agency inputs)", "({agency})", "{name} contributed to this report.", "___", "- {agency}", "(This story has not been edited by {paper} staff and is auto-generated from a syndicated feed.)",
	"{name} is a {role} for {paper}. Follow @{handle} on Twitter.", "{name} covers {section} for {paper}. Reach {name} at {email}.", "Follow {name} on Twitter @{handle}.", "Contact {name} at {email} or {phone}.", "{name} is a {role} based in {city}. {name} has written for {paper} since {year}.", "About the author", "More about {name}", "ENDS", "Notes to editors", "For media enquiries contact {name}, {email}, {phone}", "Our Standards: The {agency} Trust Principles.", "Copyright {year} {agency}. All rights reserved. This material may not be published, broadcast, rewritten or redistributed.", "© {year} {paper}", "First Published: {month} {day}, {year}, {hour}:{min} IST", "First published on: {day}-0{hour}-{year} at {hour}:{min} IST", "This article was amended on {day} {month} {year} to correct a misspelling.", "This article was originally published by {paper}.", "Views expressed are personal.", "The views expressed here are the author's own and do not reflect those of {paper}.", "Do you have a story? Email us at {email}", "Get in touch with our news team by emailing {email}.", "Have you been affected? Tell us at {email}",
}

var footers = []string{
	"Tags: {tags}", "TAGS: {tags}", "Topics", "Topics: {tags}", "{tags}", "TOPICS", "Filed under: {section}", "More from {section}", "More in {section}", "Share this:", "Share this article", "Share", "Tweet", "Comments", "{num} Comments", "0 Comment(s)", "Leave a comment", "Leave a Reply", "Post a comment", "Sign in to comment", "View Comments", "Comments are moderated before they appear. Please keep them civil.", "* Comments are moderated and will not appear until approved by the editor.", "Your email address will not be published. Required fields are marked *", "Report abuse", "Reply",
	"📣 {paper} is now on Telegram. Join our channel and stay updated with the latest headlines", "📲 Get the {paper} app for breaking alerts", "👉 Follow {paper} on WhatsApp", "For the latest {section} news, follow us on Facebook and Twitter.", "For all the latest {section} News, download the {paper} App.", "Get live {section} news and top headlines from around the world on {paper}.", "Stay updated with the latest news from {place} on our app.", "Catch all the {section} news and updates on {paper}. Download the app to get daily market updates.", "• {paper} has been certified for its credibility by an independent rating service.", "Trending", "Trending Now", "Most Read", "Most Popular", "Most Viewed", "Popular", "Latest", "Latest News", "Editor's choice", "Recommended for you", "You may also like", "You might also like", "Up next", "Next Article", "Previous Article", "Next Story", "Must Read", "Promoted", "Sponsored Stories", "Sponsored Links by Taboola", "{sponsored}", "{sponsored}",
	"{title}", "{title}", "{title}", "{title}", "{title}", "{title}", "{name}: {title}", "{section}: {title}", "{title} {hour} hours ago", "Advertisement", "Advertisement", "ADVERTISEMENT", "About Us", "Contact Us", "Advertise with us", "Privacy Policy", "Terms of Use", "Terms & Conditions", "Cookie Policy", "Careers", "Help", "FAQ", "Sitemap", "RSS", "Archives", "Subscribe", "Newsletters", "Facebook", "Twitter", "Instagram", "YouTube", "© {year} {paper}. All rights reserved.", "Copyright © {year} {paper} Ltd", "{paper} is part of the {agency} group.", "Registered in England No. {num}{num}", "x", "X", "Close", "×", "Back to top", "Do Not Sell My Personal Information", "Sign up for breaking news alerts", "Subscribe today for full access", "Support independent journalism. Become a member for as little as $5 a month.", "Complaints", "IPSO", "Terms of Service apply.", "Load more", "Show more", "Listen to our podcast", "All quotes delayed a minimum of {min} minutes.", "LENGTH: {num} words", "Loading comments…", "Weather", "Today's Puzzles", "Horoscope",
}

var sponsored = []string{"The secret to sleeping well that doctors won't tell you", "Seniors with no life insurance should read this", "New rule in {city} leaves drivers fuming", "Forget expensive phones, this gadget is all you need", "Invest £200 in shares and earn a second income", "One simple trick to cut your energy bill", "How to retire with $500,000: a free guide", "Top dentist: do this before bed", "Play this game for one minute and see why everyone is addicted"}

var shortBodies = []string{
	"“No.”", "“Yes.”", "\"No.\"", "“Never.”", "Not yet.", "“We’ll see.”", "“We’ll see,” he said.", "\"Absolutely not,\" she said.", "“I don’t know.”", "It was over.", "But why now?", "He shrugged.", "She laughed.", "“Why not?”", "That changed on Monday.", "‘Not me,’ he said.", "“Sorry.”", "Silence.", "They never came back.", "“I did.”", "‘Never again.’", "\"Thank you.\"", "“It’s gone,” said {name}.", "{name} disagreed.", "“Not today,” {name} replied.", "“Go home!” they shouted.", "None did.", "So what happened?", "Nobody knows.", "And then it rained.", "“Guilty.”", "“Enough.”", "Why?", "Then came the fire.", "“That’s it.”", "«Non.»", "„Nein.“",
}

var crossheads = []string{"What happens next", "‘We had no choice’", "Background", "A long wait", "The numbers", "UP NEXT", "Rising costs", "WHAT THEY SAID", "\"Nobody told us\"", "The case for change", "Legal challenge", "Who pays?", "Why it matters", "A divided town", "Family tribute", "Looking ahead", "The bottom line", "How it works", "‘Like a war zone’", "Key findings"}

var listItems = []string{"A cap on rents in the city centre", "Two new schools by {year}", "More buses to {city} at weekends", "An end to night flights", "A review of the {thing}", "Fines of up to $5,000 for each breach", "{name}, who runs the {thing}, said it would close", "Free meals for all pupils under 11", "No new licences until {month}", "Extra police in {city}", "The {thing} will reopen in {month}.", "Workers will get a 4 percent raise."}

var firstNames = []string{"Amina", "Brian", "Carla", "Deepak", "Elena", "Farid", "Grace", "Henry", "Ingrid", "James", "Kavita", "Liam", "Maria", "Nadia", "Owen", "Priya", "Quentin", "Rosa", "Samuel", "Tomasz", "Uma", "Victor", "Wendy", "Xavier", "Yusuf", "Zoe", "Anil", "Beth", "Chidi", "Dana", "Emeka", "Fiona", "Gareth", "Hana", "Isaac", "Joan", "Kenji", "Laura", "Mohammed", "Niamh"}

var lastNames = []string{"Abbott", "Banerjee", "Castillo", "Dawson", "Ekwueme", "Fischer", "Gupta", "Hughes", "Ibrahim", "Jensen", "Kapoor", "Lindqvist", "Morales", "Nakamura", "O'Connor", "Patel", "Quinn", "Rossi", "Sharma", "Turner", "Usman", "Vasquez", "Walsh", "Xu", "Yadav", "Zielinski", "McAllister", "Van Dyke", "Okafor", "Reyes", "Thornton", "Whitfield", "Mehta", "Larsen", "Brooks", "Ferreira"}

var papers = []string{"The Daily Herald", "The Morning Post", "The Hillside Times", "Eastern Express", "The Tribune of Record", "Metro Courier", "The Evening Star", "Coastal Gazette", "The National Observer", "Valley News", "The Sunday Chronicle", "Channel 9 News", "The Capital Bulletin", "North Wales Leader", "Deccan Mirror", "HeraldOnline", "BayNews.com", "The Standard-Examiner", "City Weekly", "The Argus"}

var agencies = []string{"Reuters", "AP", "AFP", "PTI", "ANI", "IANS", "Getty Images", "Bloomberg", "PA Media", "EPA", "AAP", "UPI", "TNS", "The Associated Press", "PA", "Press Association", "Xinhua", "dpa", "Shutterstock", "Alamy"}

var cities = []string{"London", "Mumbai", "New Delhi", "Boston", "Sydney", "Toronto", "Nairobi", "Lagos", "Dublin", "Berlin", "Paris", "Chicago", "Pune", "Karachi", "Manila", "Cape Town", "Leeds", "Glasgow", "Austin", "Seattle", "Hong Kong", "Kyiv", "Jerusalem", "Washington", "Srinagar", "Chandigarh"}

var places = []string{"India", "Britain", "International", "US", "Australia", "Asia", "UK", "Europe", "Africa", "Canada", "Kerala", "Ohio"}

var sections = []string{"World", "Politics", "Business", "Sport", "Technology", "Science", "Health", "Education", "Culture", "Crime", "Environment", "Local", "India", "UK", "Entertainment", "Opinion", "Markets", "Lifestyle", "Cities", "US"}

var trackers = []string{"doubleclick", "comscore", "chartbeat", "quantcast", "googletag", "pixel", "gtm", "nielsen", "adservice", "facebook-pixel", "taboola", "outbrain", "krxd"}

var months = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

var weekdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
