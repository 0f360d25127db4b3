// The shortcodes an incident channel is likely to use. An unknown one stays as it was written.

const TABLE = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|eyes 👀|white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎
warning ⚠️|rotating_light 🚨|fire 🔥|fire_engine 🚒|ambulance 🚑|sos 🆘|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|stop_sign 🛑|construction 🚧
red_circle 🔴|large_orange_circle 🟠|orange_circle 🟠|large_yellow_circle 🟡|yellow_circle 🟡|large_green_circle 🟢|green_circle 🟢|large_blue_circle 🔵|blue_circle 🔵|large_purple_circle 🟣|white_circle ⚪|black_circle ⚫
large_red_square 🟥|red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨|large_green_square 🟩|green_square 🟩|large_blue_square 🟦|white_large_square ⬜|black_large_square ⬛
red_heart ❤️|heart ❤️|green_heart 💚|blue_heart 💙|broken_heart 💔|tada 🎉|confetti_ball 🎊|clap 👏|raised_hands 🙌|pray 🙏|wave 👋|ok_hand 👌|muscle 💪|raised_hand ✋|hand ✋|point_right 👉|point_left 👈|point_up ☝️|point_down 👇|handshake 🤝|writing_hand ✍️
smile 😄|slightly_smiling_face 🙂|grin 😁|joy 😂|wink 😉|thinking_face 🤔|neutral_face 😐|confused 😕|cry 😢|sob 😭|sweat 😓|sweat_smile 😅|scream 😱|sleeping 😴|zzz 💤|dizzy_face 😵|exploding_head 🤯|face_with_monocle 🧐|sunglasses 😎|upside_down_face 🙃|grimacing 😬|melting_face 🫠|robot_face 🤖|ghost 👻|skull 💀|see_no_evil 🙈
bell 🔔|no_bell 🔕|mute 🔇|loud_sound 🔊|mega 📣|loudspeaker 📢|pager 📟|telephone_receiver 📞|phone ☎️|telephone ☎️|iphone 📱|email ✉️|envelope ✉️|e-mail 📧|incoming_envelope 📨|inbox_tray 📥|outbox_tray 📤|speech_balloon 💬|thought_balloon 💭
clock1 🕐|clock3 🕒|clock9 🕘|hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|timer_clock ⏲️|alarm_clock ⏰|watch ⌚|calendar 📆|date 📅|spiral_calendar_pad 🗓️|crescent_moon 🌙|sunrise 🌅|sunny ☀️|first_quarter_moon 🌓
books 📚|book 📖|notebook 📓|closed_book 📕|green_book 📗|blue_book 📘|bookmark 🔖|memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|page_facing_up 📄|scroll 📜|pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗|mag 🔍|mag_right 🔎|label 🏷️|file_folder 📁|open_file_folder 📂|card_index_dividers 🗂️|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉
wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|gear ⚙️|nut_and_bolt 🔩|toolbox 🧰|package 📦|broom 🧹|wastebasket 🗑️|lock 🔒|unlock 🔓|key 🔑|shield 🛡️|bug 🐛|beetle 🐞|computer 💻|desktop_computer 🖥️|floppy_disk 💾|satellite_antenna 📡|electric_plug 🔌|battery 🔋|bulb 💡|flashlight 🔦|test_tube 🧪|microscope 🔬|movie_camera 🎥|clapper 🎬|tv 📺|video_camera 📹|art 🎨|performing_arts 🎭|dart 🎯|trophy 🏆
rocket 🚀|airplane ✈️|bike 🚲|car 🚗|rewind ⏪|fast_forward ⏩|arrow_forward ▶️|double_vertical_bar ⏸️|pause_button ⏸️|black_square_for_stop ⏹️|track_next ⏭️|black_right_pointing_double_triangle_with_vertical_bar ⏭️|repeat 🔁|arrows_counterclockwise 🔄|arrows_clockwise 🔃|leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|arrow_up ⬆️|arrow_down ⬇️|arrow_right ➡️|arrow_left ⬅️|arrow_upper_right ↗️|arrow_lower_right ↘️|small_red_triangle 🔺|small_red_triangle_down 🔻|small_blue_diamond 🔹|small_orange_diamond 🔸|heavy_plus_sign ➕|heavy_minus_sign ➖|exclamation ❗|heavy_exclamation_mark ❗|bangbang ‼️|question ❓|grey_question ❔|grey_exclamation ❕|information_source ℹ️|100 💯|zap ⚡|boom 💥|collision 💥|sparkles ✨|star ⭐|star2 🌟|snowflake ❄️|ocean 🌊|seedling 🌱|herb 🌿|leaves 🍃|grapes 🍇|wine_glass 🍷|coffee ☕|cake 🍰|pizza 🍕
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟|zero 0️⃣|hash #️⃣|checkered_flag 🏁|triangular_flag_on_post 🚩|triangular_flag 🚩|white_flag 🏳️|busts_in_silhouette 👥|bust_in_silhouette 👤|technologist 🧑‍💻|firefighter 🧑‍🚒|detective 🕵️|people_holding_hands 🧑‍🤝‍🧑|twisted_rightwards_arrows 🔀|recycle ♻️|beginner 🔰|new 🆕|ok 🆗|up 🆙|soon 🔜|back 🔙|end 🔚|copyright ©️
`;

export const EMOJI = new Map(TABLE.trim().split(/[|\n]/).map((pair) => {
  const at = pair.indexOf(" ");
  return [pair.slice(0, at), pair.slice(at + 1)];
}));

/** ":fire:" as Slack writes it, skin tones dropped; undefined if it is not in the table. */
export const emoji = (name) => EMOJI.get(name.split("::")[0]);

export const withEmoji = (text) => text.replace(/:([a-z0-9_+'-]+)(?:::skin-tone-\d)?:/g, (whole, name) => emoji(name) ?? whole);
