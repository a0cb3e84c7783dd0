/**
 * What operator and files mode share: which object needs which, the order of translation, last good versions, ports to
 * bind, and the plan store. Nothing of java-operator-sdk in it.
 */
package dev.slb.control;
