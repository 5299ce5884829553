/*
 * Reads one pair a line, a pattern and an event with a tab between them, and answers each with a line: whether
 * EventBridge's matcher lets the event through, or that it takes the pattern for none.
 *
 * Asked is the older of its two ways to search, with a machine for each branch of a pattern. How often it answers
 * otherwise as it comes is told at the end. Version 2.1.0 does
 * - in one machine, where two branches have a value of the same path in common: {"exists": false} is forgotten, so that
 *   {"$or": [{"b": ["x", {"exists": true}]}, {"b": ["x", {"exists": false}]}]} does not let {} through;
 * - by its newer way, where two lists have the same path: of one of them an element is looked at, of the other nothing,
 *   so that {"a.b": ["x"], "a.c": ["y"]} does not let {"a": [{"b": "x"}], "a": [{"c": "y"}]} through.
 */
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;

public class Judge {
  private static int otherwiseCount = 0;

  public static void main(String[] arguments) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] pair = line.split("\t");
      out.println(judge(pair[0], pair[1]));
    }
    out.flush();
    System.err.println("event-ruler: " + otherwiseCount + " answers are others as it comes");
  }

  private static String judge(String pattern, String event) throws Exception {
    var asItComes = new Machine();
    try {
      asItComes.addRule("pattern", pattern);
    } catch (Exception refusal) {
      return "no pattern: " + refusal.getMessage().lines().findFirst().orElse("");
    }
    boolean matches = false;
    for (var branch : JsonRuleCompiler.compile(pattern)) {
      var machine = Machine.builder().withStructuredMatching(false).build();
      machine.addPatternRule("branch", branch);
      matches |= !machine.rulesForJSONEvent(event).isEmpty();
    }
    if (matches == asItComes.rulesForJSONEvent(event).isEmpty()) otherwiseCount++;
    return matches ? "yes" : "no";
  }
}
