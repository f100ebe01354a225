// Names for new rooms: easy to read out, and too many of them to be guessed.

const MOODS = words(`amber bold brave breezy bright brisk calm candid cheery clear clever cosy crisp dapper daring eager
  early easy fair fancy fine fond free fresh gentle glad golden grand happy hardy hazel honest humble jolly keen kind lively
  lucky lunar mellow merry mild misty modest noble olive patient plain polite proud quick quiet rapid rosy royal silver smart
  snowy solar steady sunny swift tidy`);

const ANIMALS = words(`badger beaver bison bobcat bunting buzzard camel caribou condor coyote crane cricket curlew dingo
  dolphin donkey dormouse eagle egret falcon ferret finch fox gannet gazelle gecko gibbon goose grouse gull hare hawk hedgehog
  heron hornbill ibex ibis iguana jackal jackdaw jaguar kestrel kiwi koala lark lemur leopard linnet llama lynx magpie marmot
  marten moose narwhal newt osprey otter owl panda pelican penguin`);

const PLACES =
  words(`alcove arbor atoll bank bay beach bridge brook canyon cape castle cave cliff coast corner cove creek
  crest dale delta dune fair fen field fjord ford forest garden glade glen grove harbor heath hill inlet island isle kiosk
  lagoon lake lane ledge marsh meadow mesa mill moor oasis orchard park pass peak pier plaza pond port prairie quay ridge river
  shore spring square summit`);

/** No letters and digits that are mistaken for one another. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/**
 * A new room's name, such as `calm-otter-bay-7kx4q`: three words to recognise it by, and five characters that, with the
 * words, make over 2^40 names.
 * @returns {string}
 */
export function newRoomName() {
  const code = Array.from({ length: 5 }, () => pick([...ALPHABET])).join('');
  return [pick(MOODS), pick(ANIMALS), pick(PLACES), code].join('-');
}

/**
 * @param {string[]} from
 * @returns {string}
 */
function pick(from) {
  const limit = Math.floor(2 ** 32 / from.length) * from.length;
  const drawn = new Uint32Array(1);
  // A draw from the incomplete last turn of the wheel would favour the first words, so it is drawn again.
  do crypto.getRandomValues(drawn);
  while ((drawn[0] ?? 0) >= limit);
  return from[(drawn[0] ?? 0) % from.length] ?? '';
}

/** @param {string} list */
function words(list) {
  return list.trim().split(/\s+/u);
}
